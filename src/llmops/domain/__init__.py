"""The nouns of the house, frozen, and the ports through which features meet. No I/O."""
