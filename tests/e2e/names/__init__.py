"""The names of generated Go code, in thousands of hostile protos, against what was predicted of them."""
