/**
 * Weights up to so many bytes are part of the graph. TensorFlow folds and reorders those once, but copies them several
 * times while it loads a graph; bigger ones are mapped.
 */
export const LARGEST_CONSTANT = 16 * 1024;
