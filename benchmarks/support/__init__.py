"""What the benchmarks share: measuring a child process, and a model server that answers at once."""
