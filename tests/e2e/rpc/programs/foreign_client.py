"""What min-tfs-client, a client that others wrote and publish, gets from the same server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from min_tfs_client.requests import TensorServingClient
from min_tfs_client.tensors import tensor_proto_to_ndarray

TENSORS = {
    "DT_FLOAT": np.array([1.5, -2.25, 0, 1e10, 3, -0.5], np.float32),
    "DT_DOUBLE": np.array([1.5, -2.25, 0, 1e300, 3, -0.5], np.float64),
    "DT_INT32": np.array([1, -2, 0, 2147483647, -2147483648, 5], np.int32),
    "DT_INT64": np.array([1, -2, 0, 9007199254740991, -9007199254740991, 5], np.int64),
}


def main(config):
    host, _, port = json.loads(Path(config).read_text())["plain"].partition(":")
    client = TensorServingClient(host=host, port=int(port))
    told = {}
    for dtype, values in TENSORS.items():
        reply = client.predict_request("echo", {"x": values.reshape(3, 2)})
        array = tensor_proto_to_ndarray(reply.outputs["x"])
        told[f"{dtype}/val/echo"] = [dtype, list(array.shape), array.reshape(-1).tolist()]
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
