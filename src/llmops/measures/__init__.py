"""Pure mathematics: intervals, comparisons, gate rulings, ranking and overlap measures. No I/O, no clock."""
