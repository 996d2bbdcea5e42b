"""
The workloads in PyTorch on the CPU, eager: fused modules and functions, Adam's fused implementation, channels_last
where it is the faster layout. Kernels of convolutions come as [height, width, in, out], images with channels last.
"""

import os

import torch
import torch.nn.functional as F
from common import ADAM, serve


def images(x):
    """[batch, height, width, channels] as torch has it: the same memory in channels_last."""
    return x.permute(0, 3, 1, 2)


def kernels(k):
    return k.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def conv_input_gradient(p):
    ct, kernel = images(p["ct"]), kernels(p["kernel"])
    return lambda: torch.nn.grad.conv2d_input(ct.shape, kernel, ct, padding=1).permute(0, 2, 3, 1)


def conv_kernel_gradient(p):
    x, ct = images(p["x"]), images(p["ct"])
    shape = (ct.shape[1], x.shape[1], 3, 3)
    return lambda: torch.nn.grad.conv2d_weight(x, shape, ct, padding=1).permute(2, 3, 1, 0)


def conv(p):
    x, kernel = images(p["x"]), kernels(p["kernel"])
    return lambda: F.conv2d(x, kernel, padding=1).permute(0, 2, 3, 1)


def layer_norm(p):
    leaves = [p[name].requires_grad_() for name in ("x", "scale", "bias")]
    x, scale, bias = leaves

    def run():
        with torch.enable_grad():
            value = (F.layer_norm(x, (x.shape[1],), scale, bias, 1e-5) * p["w"]).sum()
            return [value.detach(), *torch.autograd.grad(value, leaves)]

    return run


def calls(p, count):
    def run():
        x = p["x"]
        for _ in range(count):
            x = x + p["y"]
        return x

    return run


# Each gives the function that is timed.
FUNCTIONS = {
    "matmul": lambda p: lambda: torch.matmul(p["a"], p["b"]),
    "conv": conv,
    "convInputGradient": conv_input_gradient,
    "convKernelGradient": conv_kernel_gradient,
    "chain": lambda p: lambda: torch.tanh(2 * p["x"] + 1) * torch.exp(-p["x"]),
    "sum": lambda p: lambda: p["x"].sum(),
    "max": lambda p: lambda: p["x"].max(),
    "argmax": lambda p: lambda: p["x"].argmax(),
    "softmax": lambda p: lambda: F.softmax(p["x"], -1),
    "layerNorm": layer_norm,
}


def dense(p, name, x):
    # Kernels are kept as [outputs, inputs], as torch's layers have them.
    return F.linear(x, p[f"{name}.kernel"], p[f"{name}.bias"])


def perceptron(p, prefix, x, activation):
    y = dense(p, f"{prefix}0", x)
    i = 1
    while f"{prefix}{i}.kernel" in p:
        y = dense(p, f"{prefix}{i}", activation(y))
        i += 1
    return y


def cnn(p, d):
    x, i = images(d["x"]), 0
    while f"conv{i}.kernel" in p:
        x = F.max_pool2d(F.relu(F.conv2d(x, p[f"conv{i}.kernel"], p[f"conv{i}.bias"])), 2)
        i += 1
    flat = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)
    return F.cross_entropy(perceptron(p, "dense", flat, F.relu), d["y"])


def lstm(p, d):
    weights = [p["lstm.input"], p["lstm.hidden"], p["lstm.bias"], p["lstm.zero"]]
    zero = torch.zeros(1, d["x"].shape[1], p["lstm.hidden"].shape[1])
    _, h, _ = torch._VF.lstm(d["x"], (zero, zero), weights, True, 1, 0.0, True, False, False)
    return F.mse_loss(dense(p, "dense0", h[0]), d["y"])


def transformer(p, d):
    x = d["x"]
    batch, length, size = x.shape
    norm = lambda name, y: F.layer_norm(y, (size,), p[f"{name}.scale"], p[f"{name}.bias"], 1e-5)
    qkv = dense(p, "qkv", norm("norm0", x)).view(batch, length, 3, 4, size // 4).permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(*qkv, is_causal=True).transpose(1, 2).reshape(x.shape)
    x = x + dense(p, "out", mixed)
    x = x + dense(p, "down", F.gelu(dense(p, "up", norm("norm1", x)), approximate="tanh"))
    return F.mse_loss(x, d["y"])


def autoencoder(p, d):
    return F.binary_cross_entropy_with_logits(perceptron(p, "dense", d["x"], F.relu), d["x"])


LOSSES = {
    "mlp": lambda p, d: F.cross_entropy(perceptron(p, "dense", d["x"], F.relu), d["y"]),
    "autoencoder": autoencoder,
    "cnn": cnn,
    "lstm": lstm,
    "transformer": transformer,
}


def make_adam(params):
    betas = (ADAM["b1"], ADAM["b2"])
    return torch.optim.Adam(params, lr=ADAM["rate"], betas=betas, eps=ADAM["eps"], fused=True)


def learn(optimizer, loss, inputs=None):
    optimizer.zero_grad(set_to_none=True)
    loss.backward(inputs=inputs)
    optimizer.step()
    return loss.detach()


def gan(p, d):
    of = lambda prefix: [x for name, x in p.items() if name.startswith(prefix)]
    (params_g, params_d), leaky = (of("g"), of("d")), lambda x: F.leaky_relu(x, 0.2)
    adam_g, adam_d = make_adam(params_g), make_adam(params_d)
    judge = lambda x: perceptron(p, "d", x, leaky)
    ones = torch.ones(d["real"].shape[0], 1)
    distance = F.binary_cross_entropy_with_logits

    def run():
        # The made examples are the same for both updates.
        made = torch.tanh(perceptron(p, "g", d["z"], leaky))
        loss = distance(judge(d["real"]), ones) + distance(judge(made.detach()), 0 * ones)
        loss_d = learn(adam_d, loss, params_d)
        return [loss_d, learn(adam_g, distance(judge(made), ones), params_g)]

    return run


def as_parameter(name, x):
    """Kernels in torch's layouts; those of the LSTM are [4 · hidden, inputs]."""
    if x.ndim == 4:
        x = kernels(x)
    elif x.ndim == 2:
        x = x.T.contiguous()
    return x.clone(memory_format=torch.preserve_format).requires_grad_()


class Prepared:
    def __init__(self, run, grads):
        self.run, self.grads, self.results = run, grads, None

    def step(self):
        with torch.set_grad_enabled(self.grads):
            self.results = self.run()

    def finish(self):
        pass

    def output(self):
        results = self.results if isinstance(self.results, list) else [self.results]
        return [x.detach().numpy() for x in results]


class Library:
    version = torch.__version__

    def __init__(self, threads):
        torch.set_num_threads(threads or os.cpu_count() or 1)
        self.note = f"CPU, {torch.get_num_threads()} threads, eager, channels_last, fused Adam"

    def trivial(self):
        torch.zeros(1) + 1

    def prepare(self, workload, data, params):
        kind = workload["kind"]
        data = {name: torch.from_numpy(x) for name, x in data.items()}
        if kind == "calls":
            return Prepared(calls(data, workload["callsPerStep"]), False)
        if kind in FUNCTIONS:
            return Prepared(FUNCTIONS[kind](data), False)
        p = {name: as_parameter(name, torch.from_numpy(x)) for name, x in params.items()}
        if kind == "gan":
            return Prepared(gan(p, data), True)
        optimizer = make_adam(list(p.values()))
        if kind == "lstm":
            # The fused LSTM has two biases; the second one stays 0.
            p["lstm.zero"] = torch.zeros_like(p["lstm.bias"])
        return Prepared(lambda: learn(optimizer, LOSSES[kind](p, data)), True)


serve(Library)
