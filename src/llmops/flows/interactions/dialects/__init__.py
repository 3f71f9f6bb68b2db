"""How the instrumentations of others write down what a model was asked: one module for each dialect of attributes."""
