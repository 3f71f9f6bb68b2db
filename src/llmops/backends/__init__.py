"""Chat models, embedders and vector stores: the only room that talks to models and to Chroma."""
