"""Files of other tools become files of the workspace, and what could not be converted is listed with its line."""
