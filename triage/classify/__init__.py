"""Project models: features, fit, predict, keep. The only importer of scikit-learn and skops."""
