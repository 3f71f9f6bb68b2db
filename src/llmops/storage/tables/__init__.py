"""Tables by noun; nobody outside storage sees a row."""
