"""The sections of the HTML report, a module each: what goes in is a Material, what comes out a Section, or None."""
