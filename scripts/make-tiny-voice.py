#!/usr/bin/env python3
"""Makes the tiny voice of the tests: the signature of a Piper model, and a tone for each phoneme.

    pip install onnx && scripts/make-tiny-voice.py crates/speech/tests/fixtures/tiny-voice

Each number of the input becomes 512 samples of a tone, the pause (0) becomes silence: nobody would take it for
speech, and it lasts about as long. `input_lengths` counts in the result only in that it must be there.
"""

import json
import math
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

RATE = 16_000
SAMPLES = 512
HERTZ = 25.0

folder = Path(sys.argv[1])
ramp = [2 * math.pi * HERTZ * k / RATE for k in range(SAMPLES)]


def constant(name, kind, shape, values):
    return helper.make_tensor(name, kind, shape, values)


nodes = [
    helper.make_node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
    helper.make_node("Unsqueeze", ["numbers", "axis"], ["column"]),
    helper.make_node("Mul", ["column", "ramp"], ["phase"]),
    helper.make_node("Sin", ["phase"], ["tones"]),
    helper.make_node("Gather", ["scales", "one"], ["gain"]),
    helper.make_node("Mul", ["tones", "gain"], ["loud"]),
    helper.make_node("Cast", ["input_lengths"], ["lengths"], to=TensorProto.FLOAT),
    helper.make_node("Mul", ["lengths", "zero"], ["nothing"]),
    helper.make_node("ReduceSum", ["nothing"], ["sum"], keepdims=0),
    helper.make_node("Add", ["loud", "sum"], ["whole"]),
    helper.make_node("Reshape", ["whole", "shape"], ["output"]),
]
graph = helper.make_graph(
    nodes,
    "tiny-voice",
    [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ],
    [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, 1, "samples"])],
    [
        constant("axis", TensorProto.INT64, [1], [2]),
        constant("ramp", TensorProto.FLOAT, [SAMPLES], ramp),
        constant("one", TensorProto.INT64, [], [1]),
        constant("zero", TensorProto.FLOAT, [], [0.0]),
        constant("shape", TensorProto.INT64, [4], [0, 1, 1, -1]),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], producer_name="allo")
model.ir_version = 8
onnx.checker.check_model(model, full_check=True)
(folder / "tiny.onnx").write_bytes(model.SerializeToString())

# Every sign that espeak-ng gives for French and British English, in no particular order.
signs = " abdefhijklmnoprstuvwxzæçðøŋœɐɑɒɔəɚɛɜɡɥɪɲɹɾʀʁʃʊʌʒʔʲˈˌːθ\u0303\u0327\u0329.,;:?!'-"
ids = {"_": [0], "^": [1], "$": [2]}
ids |= {sign: [14 + place % 40] for place, sign in enumerate(signs)}
table = {
    "audio": {"sample_rate": RATE, "quality": "test"},
    "espeak": {"voice": "fr"},
    "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
    "phoneme_type": "espeak",
    "phoneme_id_map": ids,
    "num_symbols": 60,
    "num_speakers": 1,
    "speaker_id_map": {},
}
(folder / "tiny.onnx.json").write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n")
