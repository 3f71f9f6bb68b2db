"""Parts of revision 0003 that have rooms of their own; frozen like it."""
