# State dicts of small PyTorch models as safetensors, with an input and the output for it: python generateTorch.py
# Needs torch, safetensors.

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.manual_seed(0)

cnn = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1),
    nn.BatchNorm2d(4),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(4, 6, (3, 1), padding=(1, 0), groups=2, bias=False),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(6 * 4 * 3, 10),
)
for _ in range(3):
    cnn(torch.randn(5, 3, 8, 6) * 2 + 1)


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.norm = nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 3, bias=False)

    def forward(self, x):
        y = self.norm(self.embed(x))
        return self.head(self.attention(y, y, y, need_weights=False)[0])


class Last(nn.Module):
    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def forward(self, x):
        return self.rnn(x)[0]


models = {
    "cnn": (cnn, torch.randn(2, 3, 8, 6)),
    "text": (Text(), torch.randint(0, 11, (2, 5))),
    "upsampling": (nn.Sequential(nn.ConvTranspose2d(3, 2, 3, stride=2)), torch.randn(1, 3, 4, 5)),
    "signal": (nn.Sequential(nn.Conv1d(2, 3, 4, stride=2), nn.GroupNorm(3, 3)), torch.randn(2, 2, 9)),
    "lstm": (Last(nn.LSTM(3, 4, batch_first=True)), torch.randn(2, 5, 3)),
    "deepLstm": (Last(nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True)), torch.randn(2, 5, 3)),
    "gru": (Last(nn.GRU(3, 4, batch_first=True, bidirectional=True)), torch.randn(2, 5, 3)),
    "rnn": (Last(nn.RNN(3, 4, batch_first=True, bias=False)), torch.randn(2, 5, 3)),
}
for name, (model, x) in models.items():
    model.eval()
    with torch.no_grad():
        y = model(x)
    extra = {"input": x, "output": y}
    tensors = {**model.state_dict(), **{f"example/{key}": value.contiguous() for key, value in extra.items()}}
    save_file({key: value.contiguous() for key, value in tensors.items()}, HERE / f"torch-{name}.safetensors")
