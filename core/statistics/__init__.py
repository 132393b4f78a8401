"""Pure statistics that several rooms call: arrays in, numbers out."""
