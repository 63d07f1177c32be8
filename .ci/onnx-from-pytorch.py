"""Trains a small recurrent network in PyTorch, exports it as an ONNX file, and writes beside it what PRAE needs to know of the file
and what PyTorch forecasts with it: window by window, amounts at eight levels for twelve steps ahead.

usage: onnx-from-pytorch.py FOLDER
"""

import json
import math
import sys
from pathlib import Path

import torch

LOOK_BACK, HORIZON, LEVELS, WIDTH = 48, 12, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99], 16


class Forecaster(torch.nn.Module):
    """A GRU over patches of four steps; levels are ordered by sums of positive distances."""

    def __init__(self):
        super().__init__()
        self.cell = torch.nn.GRU(4, WIDTH, batch_first=True)
        self.out = torch.nn.Linear(WIDTH, HORIZON * len(LEVELS))

    def forward(self, x):
        states, _ = self.cell(x.reshape(-1, LOOK_BACK // 4, 4))
        raw = self.out(states[:, -1]).reshape(-1, HORIZON, len(LEVELS))
        steps = torch.cat([raw[..., :1], torch.nn.functional.softplus(raw[..., 1:])], -1)
        return torch.cumsum(steps, -1)


def scaled(windows):
    """ln(1 + y), less the mean, by the deviation: as the document says."""
    logs = torch.log1p(windows)
    mean = logs.mean(1, keepdim=True)
    deviation = torch.sqrt(logs.var(1, unbiased=False, keepdim=True) + 1e-5)
    return (logs - mean) / deviation, mean, deviation


def main(folder):
    torch.manual_seed(1)
    steps = torch.arange(2000)
    series = 50 + 30 * torch.sin(steps * 2 * math.pi / 24) + 5 * torch.randn(2000)
    series = series.clamp(min=0)
    starts = torch.randint(0, 2000 - LOOK_BACK - HORIZON, (256,))
    past = torch.stack([series[s : s + LOOK_BACK] for s in starts])
    ahead = torch.stack([series[s + LOOK_BACK : s + LOOK_BACK + HORIZON] for s in starts])
    model = Forecaster()
    adam = torch.optim.Adam(model.parameters(), 1e-2)
    x, mean, deviation = scaled(past)
    y = ((torch.log1p(ahead) - mean) / deviation).unsqueeze(-1)
    levels = torch.tensor(LEVELS)
    for _ in range(200):
        error = y - model(x)
        loss = torch.maximum(levels * error, (levels - 1) * error).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    model.eval()
    windows = past[:5]
    with torch.no_grad():
        x, mean, deviation = scaled(windows)
        forecasts = torch.expm1(model(x) * deviation.unsqueeze(-1) + mean.unsqueeze(-1)).clamp(min=0)
    names = {"input_names": ["past"], "output_names": ["ahead"], "dynamic_axes": {"past": {0: "rows"}, "ahead": {0: "rows"}}}
    torch.onnx.export(model, (x[:1],), str(folder / "pytorch-gru.onnx"), opset_version=17, dynamo=False, **names)
    document = {
        "name": "pytorch-gru",
        "model": "pytorch-gru.onnx",
        "target": "demand",
        "stepMs": 300_000,
        "lookBack": LOOK_BACK,
        "horizon": HORIZON,
        "levelsPpm": [round(level * 1e6) for level in LEVELS],
        "input": "past",
        "output": "ahead",
        "scaling": {"transform": "log1p", "centre": "mean", "divide": True, "epsilon": 1e-5},
    }
    (folder / "pytorch-gru.json").write_text(json.dumps(document, indent=2) + "\n")
    expected = {"torch": torch.__version__, "windows": windows.tolist(), "forecasts": forecasts.tolist()}
    (folder / "pytorch-gru.expected.json").write_text(json.dumps(expected) + "\n")


main(Path(sys.argv[1]))
