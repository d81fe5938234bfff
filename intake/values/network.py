"""A neural network opened and kept warm; the one place that loads ONNX Runtime.

Its official builds tell their maker about the machine and the models they run, from version 1.29 on also on Linux,
unless told not to before they are loaded: a service point's papers are nobody's statistics.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import below

import onnxruntime as ort


def opened(model: bytes | str, *, threads: int = 1) -> ort.InferenceSession:
    """A network from its ONNX bytes or file. `threads`: processor cores one run may use."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
