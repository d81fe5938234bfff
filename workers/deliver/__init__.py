"""Two ports to the outside, object store and queue, with their adapters."""
