"""A folder that releases add up in, laid out so that any static web server serves it to package clients."""
