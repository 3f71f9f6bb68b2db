"""The pieces that every report and table is made of: charts, tables, pages, progress."""
