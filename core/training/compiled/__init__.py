"""Models compiled for answering: flat arrays and a document, evaluated without the library that fitted them."""
