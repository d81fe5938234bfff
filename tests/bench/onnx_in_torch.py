"""An ONNX graph run by PyTorch, so that the line recogniser's weights can learn on: only the operators that it has.

The graph stays as it is: what was learnt goes back into its initialisers, so nothing is exported
and ONNX Runtime runs the very graph that it ran before. Needs `pip install torch onnx`.
"""

from collections.abc import Callable, Collection, Sequence

import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

Attributes = dict[str, object]
Values = list[torch.Tensor]


def _padded(x: torch.Tensor, a: Attributes, value: float = 0.0) -> torch.Tensor:
    if a.get("auto_pad") == b"SAME_UPPER":
        high, wide = a["kernel_shape"]
        return functional.pad(x, (0, wide - 1, 0, high - 1), value=value)
    return x


def _conv(i: Values, a: Attributes) -> torch.Tensor:
    pads = a.get("pads", (0, 0, 0, 0))
    bias = i[2].reshape(-1) if len(i) > 2 else None
    return functional.conv2d(_padded(i[0], a), i[1], bias, a["strides"], tuple(pads[:2]), a["dilations"], a["group"])


def _slice(i: Values, _: Attributes) -> torch.Tensor:
    x = i[0]
    for start, end, axis in zip(i[1].tolist(), i[2].tolist(), i[3].tolist(), strict=True):
        index = [slice(None)] * x.dim()
        index[axis] = slice(start, min(end, x.shape[axis]) if end >= 0 else end)
        x = x[tuple(index)]
    return x


def _reshape(i: Values, _: Attributes) -> torch.Tensor:
    return i[0].reshape([i[0].shape[k] if size == 0 else size for k, size in enumerate(i[1].reshape(-1).tolist())])


def _squeeze(i: Values, a: Attributes) -> torch.Tensor:
    x = i[0]
    for axis in sorted(a["axes"], reverse=True):
        x = x.squeeze(axis)
    return x


def _concat(i: Values, a: Attributes) -> torch.Tensor:
    return torch.cat([x.reshape(-1) if x.dtype == torch.int64 else x for x in i], a["axis"])


OPERATORS: dict[str, Callable[[Values, Attributes], torch.Tensor]] = {
    "Add": lambda i, _: i[0] + i[1].to(i[0].dtype),
    "AveragePool": lambda i, a: functional.avg_pool2d(i[0], a["kernel_shape"], a["strides"]),
    "BatchNormalization": lambda i, a: functional.batch_norm(i[0], i[3], i[4], i[1], i[2], False, 0, a["epsilon"]),
    "Concat": _concat,
    "Conv": _conv,
    "Div": lambda i, _: i[0] / i[1],
    "Gelu": lambda i, _: functional.gelu(i[0]),
    "HardSigmoid": lambda i, _: functional.hardsigmoid(i[0]),
    "Identity": lambda i, _: i[0],
    "MatMul": lambda i, _: i[0] @ i[1],
    "MaxPool": lambda i, a: functional.max_pool2d(_padded(i[0], a, -1e30), a["kernel_shape"], a["strides"]),
    "Mul": lambda i, _: i[0] * i[1],
    "Pow": lambda i, _: i[0] * i[0],
    "ReduceMean": lambda i, a: i[0].mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Relu": lambda i, _: functional.relu(i[0]),
    "Reshape": _reshape,
    "Shape": lambda i, _: torch.tensor(i[0].shape),
    "Sigmoid": lambda i, _: torch.sigmoid(i[0]),
    "Slice": _slice,
    "Softmax": lambda i, a: torch.softmax(i[0], a.get("axis", -1)),
    "Sqrt": lambda i, _: torch.sqrt(i[0]),
    "Squeeze": _squeeze,
    "Sub": lambda i, _: i[0] - i[1],
    "Transpose": lambda i, a: i[0].permute(a["perm"]),
    "Unsqueeze": lambda i, a: i[0].reshape(1) if i[0].dim() == 0 else i[0].unsqueeze(a["axes"][0]),
}


class GraphInTorch(nn.Module):
    """The graph up to one of its values; from another value on its float initialisers learn."""

    def __init__(self, model: onnx.ModelProto, upto: str, *, fixed: str) -> None:
        """`upto`: the value that `forward` gives; `fixed`: the value up to which nothing learns."""
        super().__init__()
        self._upto, self._input, self._cut = upto, model.graph.input[0].name, fixed
        self.learnt = nn.ParameterDict()
        self._known: dict[str, torch.Tensor] = {}
        learn = {name for node in model.graph.node if node.op_type != "Div" for name in node.input}
        statistics = {n for node in model.graph.node if node.op_type == "BatchNormalization" for n in node.input[3:]}
        for stored in model.graph.initializer:
            tensor = torch.tensor(numpy_helper.to_array(stored).copy())
            name = stored.name
            if tensor.dtype == torch.float32 and tensor.numel() > 1 and name in learn and name not in statistics:
                self.learnt[name.replace(".", "__")] = nn.Parameter(tensor)
            else:
                self._known[name] = tensor
        nodes = [
            (
                node.op_type,
                [name for name in node.input if name],
                node.output[0],
                {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute},
            )
            for node in model.graph.node
        ]
        offsets = {stored.name for stored in model.graph.initializer}
        self._nodes = _needed(_offsets_fused(_gelu_fused(nodes), offsets), upto)
        last = {name: number for number, node in enumerate(self._nodes) for name in node[1]}
        made = {node[2] for node in self._nodes}
        self._done = [[n for n in made if last.get(n) == number] for number in range(len(self._nodes))]
        self._fixed = 1 + next(number for number, node in enumerate(self._nodes) if node[2] == fixed)
        learn = {name.replace(".", "__") for node in self._nodes[self._fixed :] for name in node[1]}
        for name in [name for name in self.learnt if name not in learn]:
            self._known[name.replace("__", ".")] = self.learnt.pop(name).data

    def known(self, x: torch.Tensor) -> torch.Tensor:
        """The value `fixed` for pictures x: what nothing learns."""
        with torch.no_grad():
            return self._run({self._input: x}, 0, self._fixed)[self._cut]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The value `upto` for a value `fixed`."""
        return self._run({self._cut: x}, self._fixed, len(self._nodes))[self._upto]

    def _run(self, begun: dict[str, torch.Tensor], first: int, end: int) -> dict[str, torch.Tensor]:
        values = self._known | self.weights() | begun
        for number, (kind, inputs, output, attributes) in enumerate(self._nodes[first:end], first):
            values[output] = OPERATORS[kind]([values[name] for name in inputs], attributes)
            for name in self._done[number]:
                del values[name]
        return values

    def weights(self) -> dict[str, torch.Tensor]:
        """What was learnt, by the names that the graph's initialisers have."""
        return {name.replace("__", "."): own for name, own in self.learnt.items()}


_Node = tuple[str, list[str], str, Attributes]


def _gelu_fused(nodes: Sequence[_Node]) -> list[_Node]:
    """The nodes with x * (1 + erf(x / sqrt 2)) / 2 as one, which takes half the time."""
    made = {output: (kind, inputs) for kind, inputs, output, _ in nodes}
    fused: list[_Node] = []
    for kind, inputs, output, attributes in nodes:
        base = _gelu_of(made, output)
        fused.append((kind, inputs, output, attributes) if base is None else ("Gelu", [base], output, {}))
    return fused


def _offsets_fused(nodes: Sequence[_Node], offsets: Collection[str]) -> list[_Node]:
    """The nodes with a convolution's offsets added by itself, which takes a third less time."""
    made = {node[2]: node for node in nodes}
    fused: list[_Node] = []
    for node in nodes:
        kind, inputs, output, _ = node
        before = made.get(inputs[0]) if inputs else None
        if kind == "Add" and before is not None and before[0] == "Conv" and inputs[1] in offsets:
            node = ("Conv", [*before[1], inputs[1]], output, before[3])
        fused.append(node)
    return fused


def _needed(nodes: Sequence[_Node], upto: str) -> list[_Node]:
    """The nodes that `upto` is made of, in their order."""
    wanted, kept = {upto}, []
    for node in reversed(nodes):
        if node[2] in wanted:
            wanted.update(node[1])
            kept.append(node)
    return kept[::-1]


def _gelu_of(made: dict[str, tuple[str, list[str]]], output: str) -> str | None:
    kind, inputs = made[output]
    if kind != "Mul":
        return None
    for product in inputs:
        if made.get(product, ("", []))[0] == "Mul":
            for add in made[product][1]:
                if made.get(add, ("", []))[0] == "Add":
                    for erf in made[add][1]:
                        if made.get(erf, ("", []))[0] == "Erf":
                            return made[made[erf][1][0]][1][0]
    return None
