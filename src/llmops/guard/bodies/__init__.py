"""What services send and receive: where the texts are in it, whole and in pieces."""
