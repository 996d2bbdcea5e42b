# Values that PyTorch and JAX compute for layers, as JSON beside this file: python generate.py
# Arrays are nested lists; images are channels last, kernels [...window, in, out], whatever the library wants.

import json
import pathlib

import jax
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)
HERE = pathlib.Path(__file__).parent
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(0)


def draw(*shape):
    return np.round(rng.normal(size=shape), 3)


def tensor(x):
    return torch.tensor(np.ascontiguousarray(x))


def plain(x):
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, torch.Tensor):
        x = x.detach().numpy()
    x = np.asarray(x)
    return np.vectorize(lambda v: float(f"{v:.7g}"))(x).tolist() if x.dtype.kind == "f" else x.tolist()


def write(name, cases):
    text = ",\n".join(f'  "{case}": {json.dumps(plain(value))}' for case, value in cases.items())
    (HERE / f"{name}.json").write_text("{\n" + text + "\n}\n")


def first(x):
    """Channels last to PyTorch's channels first."""
    return tensor(np.moveaxis(x, -1, 1))


def last(y):
    return np.moveaxis(y.detach().numpy(), 1, -1)


def kernel_to_torch(kernel):
    """[...window, in, out] to [out, in, ...window]."""
    return tensor(np.moveaxis(kernel, [-1, -2], [0, 1]))


def convolutions():
    f = torch.nn.functional
    cases = {}

    def conv(name, function, x, kernel, bias, **options):
        y = function(first(x), kernel_to_torch(kernel), tensor(bias), **options)
        cases[name] = dict(x=x, kernel=kernel, bias=bias, y=last(y))

    conv("conv1d", f.conv1d, draw(2, 7, 3), draw(3, 3, 4), draw(4), stride=2, padding=1)
    conv("conv2d", f.conv2d, draw(2, 5, 6, 2), draw(3, 2, 2, 3), draw(3))
    conv("conv2dDilated", f.conv2d, draw(1, 7, 7, 2), draw(3, 3, 2, 2), draw(2), dilation=2, padding=2)
    conv("conv2dGroups", f.conv2d, draw(1, 4, 4, 4), draw(3, 3, 2, 6), draw(6), groups=2, padding=1)
    conv("conv3d", f.conv3d, draw(1, 3, 4, 4, 2), draw(2, 2, 2, 2, 3), draw(3), stride=(1, 2, 2))
    conv("depthwise", f.conv2d, draw(1, 4, 4, 3), draw(3, 3, 1, 6), draw(6), groups=3, padding=1)
    x, kernel = draw(1, 5, 5, 2), draw(3, 3, 2, 4)
    for name, padding, strides in [("sameStrided", "SAME", (2, 2)), ("validStrided", "VALID", (2, 1))]:
        numbers = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=numbers)
        cases[name] = dict(x=x, kernel=kernel, y=y)
    x, kernel = draw(1, 3, 3, 2), draw(3, 3, 2, 3)
    for name, padding, strides in [("transposeSame", "SAME", (2, 2)), ("transposeValid", "VALID", (2, 1))]:
        y = jax.lax.conv_transpose(x, kernel, strides, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
        cases[name] = dict(x=x, kernel=kernel, y=y)
    flipped = kernel_to_torch(kernel[::-1, ::-1]).transpose(0, 1)
    y = f.conv_transpose2d(first(x), flipped, stride=2)
    cases["transposeTorch"] = dict(x=x, kernel=kernel, y=last(y))
    write("convolution", cases)


def pooling():
    f = torch.nn.functional
    x = draw(2, 5, 4, 2)
    options = dict(kernel_size=3, stride=2, padding=1)
    write(
        "pooling",
        {
            "max": dict(x=x, y=last(f.max_pool2d(first(x), 2))),
            "maxPadded": dict(x=x, y=last(f.max_pool2d(first(x), **options))),
            "avg": dict(x=x, y=last(f.avg_pool2d(first(x), 2))),
            "avgPadded": dict(x=x, y=last(f.avg_pool2d(first(x), **options, count_include_pad=False))),
            "avgCounted": dict(x=x, y=last(f.avg_pool2d(first(x), **options))),
            "global": dict(x=x, y=x.mean((1, 2))),
        },
    )


def normalization():
    cases = {}
    norm = torch.nn.BatchNorm2d(3)
    scale, bias = draw(3), draw(3)
    norm.weight.data, norm.bias.data = tensor(scale), tensor(bias)
    steps = []
    for _ in range(2):
        x = draw(2, 2, 3, 3) * 2 + 1
        y = norm(first(x))
        steps.append(dict(x=x, y=last(y), mean=norm.running_mean.clone(), variance=norm.running_var.clone()))
    norm.eval()
    x = draw(2, 2, 3, 3)
    steps.append(dict(x=x, y=last(norm(first(x)))))
    cases["batch0"], cases["batch1"], cases["batchEval"] = steps
    cases["batchParams"] = dict(scale=scale, bias=bias)
    x, scale, bias = draw(2, 3, 4), draw(4), draw(4)
    layer = torch.nn.LayerNorm(4)
    layer.weight.data, layer.bias.data = tensor(scale), tensor(bias)
    cases["layer"] = dict(x=x, scale=scale, bias=bias, y=layer(tensor(x)))
    rms = torch.nn.RMSNorm(4, eps=1e-6)
    rms.weight.data = tensor(scale)
    cases["rms"] = dict(x=x, scale=scale, y=rms(tensor(x)))
    group = torch.nn.GroupNorm(2, 4)
    group.weight.data, group.bias.data = tensor(scale), tensor(bias)
    x = draw(2, 3, 2, 4)
    cases["group"] = dict(x=x, scale=scale, bias=bias, y=last(group(first(x))))
    write("normalization", cases)


def recurrent():
    cases = {}
    inputs, units, steps = 2, 3, 4
    x, mask = draw(2, steps, inputs), np.array([[1, 1, 1, 1], [1, 1, 0, 0]])
    for name, gates in [("rnn", 1), ("lstm", 4), ("gru", 3)]:
        layer = getattr(torch.nn, name.upper())(inputs, units, batch_first=True, bidirectional=True)
        case = dict(x=x, mask=mask)
        for direction, suffix in [("forward", ""), ("backward", "_reverse")]:
            weights = [draw(gates * units, n) for n in (inputs, units)] + [draw(gates * units) for _ in range(2)]
            names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
            for weight, key in zip(weights, names):
                getattr(layer, key + suffix).data = tensor(weight)
            kernel, recurrent_kernel, bias, recurrent_bias = weights
            own = dict(kernel=kernel.T, recurrentKernel=recurrent_kernel.T)
            if name == "gru":  # the bias of the new value inside the reset gate stays apart
                own["recurrentBias"] = recurrent_bias[2 * units :]
                recurrent_bias = np.concatenate([recurrent_bias[: 2 * units], np.zeros(units)])
            own["bias"] = bias + recurrent_bias
            case |= {f"{direction}.{key}": value for key, value in own.items()}
        case["sequence"], last_states = layer(tensor(x))
        states = last_states[0] if name == "lstm" else last_states
        case["last"] = torch.cat([states[0], states[1]], -1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(tensor(x), torch.tensor([4, 2]), batch_first=True)
        states = layer(packed)[1]
        states = states[0] if name == "lstm" else states
        case["masked"] = torch.cat([states[0], states[1]], -1)
        cases[name] = case
    write("recurrent", cases)


def attention():
    cases = {}
    features, heads, length = 4, 2, 3
    x, context = draw(2, length, features), draw(2, 5, features)
    mask = np.array([[1, 1, 1], [1, 1, 0]])

    def set_attention(layer):
        kernels = [draw(features, features) for _ in range(4)]
        biases = [draw(features) for _ in range(4)]
        layer.in_proj_weight.data = tensor(np.concatenate([kernel.T for kernel in kernels[:3]]))
        layer.in_proj_bias.data = tensor(np.concatenate(biases[:3]))
        layer.out_proj.weight.data, layer.out_proj.bias.data = tensor(kernels[3].T), tensor(biases[3])
        names = ["query", "key", "value", "output"]
        weights = {f"attention.{name}.kernel": kernel for name, kernel in zip(names, kernels)}
        return weights | {f"attention.{name}.bias": bias for name, bias in zip(names, biases)}

    layer = torch.nn.MultiheadAttention(features, heads, batch_first=True)
    cases["multiHead"] = set_attention(layer) | dict(x=x, context=context, mask=mask)
    q, c, padding = tensor(x), tensor(context), tensor(mask == 0)
    causal = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
    cases["multiHead"] |= dict(
        plain=layer(q, q, q)[0],
        causal=layer(q, q, q, attn_mask=causal)[0],
        padded=layer(q, q, q, key_padding_mask=padding)[0],
        both=layer(q, q, q, key_padding_mask=padding, attn_mask=causal)[0],
        cross=layer(q, c, c)[0],
    )
    for name, norm_first in [("preNorm", True), ("postNorm", False)]:
        block = torch.nn.TransformerEncoderLayer(
            features, heads, 6, 0.0, "gelu", batch_first=True, norm_first=norm_first
        )
        case = set_attention(block.self_attn)
        for ours, theirs in [("attentionNorm", block.norm1), ("mlpNorm", block.norm2)]:
            scale, bias = draw(features), draw(features)
            theirs.weight.data, theirs.bias.data = tensor(scale), tensor(bias)
            case |= {f"{ours}.scale": scale, f"{ours}.bias": bias}
        for ours, theirs in [("hidden", block.linear1), ("output", block.linear2)]:
            kernel, bias = draw(theirs.in_features, theirs.out_features), draw(theirs.out_features)
            theirs.weight.data, theirs.bias.data = tensor(kernel.T), tensor(bias)
            case |= {f"{ours}.kernel": kernel, f"{ours}.bias": bias}
        cases[name] = case | dict(x=x, y=block(q), causal=block(q, src_mask=causal, is_causal=True))
    query, key, value, weights = draw(2, 3, 2, 4), draw(2, 5, 2, 4), draw(2, 5, 2, 3), draw(2, 4)
    logits = np.einsum("bqkhd,hd->bhqk", np.tanh(query[:, :, None] + key[:, None]), weights)
    y = np.einsum("bhqk,bkhd->bqhd", np.asarray(jax.nn.softmax(logits)), value)
    cases["additive"] = dict(query=query, key=key, value=value, weights=weights, y=y)
    x = draw(1, 5, 2, 4)
    angles = np.arange(5)[:, None] / 10000 ** (np.arange(0, 4, 2) / 4)
    turned = (x[..., :2] + 1j * x[..., 2:]) * np.exp(1j * angles)[None, :, None]
    cases["rotary"] = dict(x=x, y=np.concatenate([turned.real, turned.imag], -1))
    angles = np.arange(6)[:, None] / 10000 ** (np.arange(0, 4, 2) / 4)
    waves = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(6, 4)
    cases["sinusoidal"] = dict(x=np.zeros((1, 6, 4)), y=waves[None])
    write("attention", cases)


def initializers():
    cases = {}
    for name, shape in [("square", (4, 4)), ("tall", (5, 3)), ("wide", (3, 5)), ("kernel", (2, 2, 3, 4))]:
        cases[name] = dict(y=jax.nn.initializers.orthogonal()(jax.random.key(7), shape, np.float32))
    write("initializers", cases)


def losses():
    f = torch.nn.functional
    p, t, signs = draw(4, 3), draw(4, 3), np.sign(draw(4, 3))
    labels = np.array([0, 2, 1, 2])
    shares = np.asarray(jax.nn.softmax(t))
    binary = np.round(rng.uniform(size=(4, 3)), 2)
    x, y, integers = tensor(p), tensor(t), torch.tensor(labels)
    write(
        "losses",
        {
            "inputs": dict(p=p, t=t, signs=signs, labels=labels, shares=shares, binary=binary),
            "mse": dict(y=f.mse_loss(x, y), masked=f.mse_loss(x[:3], y[:3])),
            "mae": dict(y=f.l1_loss(x, y), masked=f.l1_loss(x[:3], y[:3])),
            "huber": dict(y=f.huber_loss(x, y, delta=0.7), masked=f.huber_loss(x[:3], y[:3], delta=0.7)),
            "binary": dict(
                y=f.binary_cross_entropy_with_logits(x, tensor(binary)),
                masked=f.binary_cross_entropy_with_logits(x[:3], tensor(binary[:3])),
            ),
            "integer": dict(y=f.cross_entropy(x, integers), masked=f.cross_entropy(x[:3], integers[:3])),
            "smoothed": dict(
                y=f.cross_entropy(x, integers, label_smoothing=0.1),
                masked=f.cross_entropy(x[:3], integers[:3], label_smoothing=0.1),
            ),
            "shares": dict(
                y=f.cross_entropy(x, tensor(shares)), masked=f.cross_entropy(x[:3], tensor(shares[:3]))
            ),
            "sharesSmoothed": dict(
                y=f.cross_entropy(x, tensor(shares), label_smoothing=0.2),
                masked=f.cross_entropy(x[:3], tensor(shares[:3]), label_smoothing=0.2),
            ),
            "kl": dict(
                y=f.kl_div(x.log_softmax(-1), tensor(shares), reduction="batchmean"),
                masked=f.kl_div(x[:3].log_softmax(-1), tensor(shares[:3]), reduction="batchmean"),
            ),
            "hinge": dict(y=optax.hinge_loss(p, signs).mean(), masked=optax.hinge_loss(p[:3], signs[:3]).mean()),
            "cosine": dict(
                y=1 - f.cosine_similarity(x, y).mean(), masked=1 - f.cosine_similarity(x[:3], y[:3]).mean()
            ),
        },
    )


if __name__ == "__main__":
    for section in (losses, recurrent, attention, initializers, convolutions, pooling, normalization):
        rng = np.random.default_rng(0)
        section()
