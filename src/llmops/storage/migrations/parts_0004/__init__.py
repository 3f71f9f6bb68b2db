"""Parts of revision 0004, one for each room."""
