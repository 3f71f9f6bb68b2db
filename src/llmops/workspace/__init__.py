"""The composition root, and the handles it gives out. The only place of sync and async twins."""
