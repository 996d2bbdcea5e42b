"""
The workloads in JAX on the CPU, with its defaults (XLA uses all cores); Adam from Optax; donated steps.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import optax
from common import ADAM, serve
from jax import lax, nn

optimizer = optax.adam(ADAM["rate"], b1=ADAM["b1"], b2=ADAM["b2"], eps=ADAM["eps"])
CONV = ("NHWC", "HWIO", "NHWC")


def conv(x, kernel, padding):
    return lax.conv_general_dilated(x, kernel, (1, 1), padding, dimension_numbers=CONV)


def layer_norm(x, scale, bias):
    return nn.standardize(x, epsilon=1e-5) * scale + bias


def layer_norm_gradients(p):
    f = lambda x, scale, bias: jnp.sum(layer_norm(x, scale, bias) * p["w"])
    value, grads = jax.value_and_grad(f, argnums=(0, 1, 2))(p["x"], p["scale"], p["bias"])
    return [value, *grads]


def conv_input_gradient(p):
    f = lambda x: conv(x, p["kernel"], "SAME")
    return jax.linear_transpose(f, p["ct"])(p["ct"])[0]


def conv_kernel_gradient(p):
    kernel = jnp.zeros((3, 3, p["x"].shape[3], p["ct"].shape[3]))
    return jax.linear_transpose(lambda k: conv(p["x"], k, "SAME"), kernel)(p["ct"])[0]


FUNCTIONS = {
    "matmul": lambda p: jnp.matmul(p["a"], p["b"]),
    "conv": lambda p: conv(p["x"], p["kernel"], "SAME"),
    "convInputGradient": conv_input_gradient,
    "convKernelGradient": conv_kernel_gradient,
    "chain": lambda p: jnp.tanh(2 * p["x"] + 1) * jnp.exp(-p["x"]),
    "sum": lambda p: jnp.sum(p["x"]),
    "max": lambda p: jnp.max(p["x"]),
    "argmax": lambda p: jnp.argmax(p["x"]),
    "softmax": lambda p: nn.softmax(p["x"]),
    "layerNorm": layer_norm_gradients,
}


def dense(p, name, x):
    return x @ p[f"{name}.kernel"] + p[f"{name}.bias"]


def perceptron(p, prefix, x, activation):
    y = dense(p, f"{prefix}0", x)
    i = 1
    while f"{prefix}{i}.kernel" in p:
        y = dense(p, f"{prefix}{i}", activation(y))
        i += 1
    return y


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy(logits, labels).mean()


def binary_cross_entropy(logits, labels):
    return optax.sigmoid_binary_cross_entropy(logits, labels).mean()


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def cnn(p, data):
    x = data["x"]
    i = 0
    while f"conv{i}.kernel" in p:
        x = max_pool(nn.relu(conv(x, p[f"conv{i}.kernel"], "VALID") + p[f"conv{i}.bias"]))
        i += 1
    return cross_entropy(perceptron(p, "dense", x.reshape(x.shape[0], -1), nn.relu), data["y"])


def lstm(p, data):
    given = data["x"] @ p["lstm.input"] + p["lstm.bias"]
    zero = jnp.zeros((data["x"].shape[1], p["lstm.hidden"].shape[0]))

    def step(carry, inputs):
        h, c = carry
        i, f, g, o = jnp.split(inputs + h @ p["lstm.hidden"], 4, axis=1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        return (nn.sigmoid(o) * jnp.tanh(c), c), None

    (h, _), _ = lax.scan(step, (zero, zero), given)
    return jnp.mean((dense(p, "dense0", h) - data["y"]) ** 2)


def transformer(p, data):
    x = data["x"]
    batch, length, size = x.shape
    norm = lambda name, y: layer_norm(y, p[f"{name}.scale"], p[f"{name}.bias"])
    qkv = dense(p, "qkv", norm("norm0", x))
    q, k, v = [y.reshape(batch, length, 4, size // 4) for y in jnp.split(qkv, 3, axis=2)]
    mixed = nn.dot_product_attention(q, k, v, is_causal=True).reshape(x.shape)
    x = x + dense(p, "out", mixed)
    x = x + dense(p, "down", nn.gelu(dense(p, "up", norm("norm1", x))))
    return jnp.mean((x - data["y"]) ** 2)


LOSSES = {
    "mlp": lambda p, d: cross_entropy(perceptron(p, "dense", d["x"], nn.relu), d["y"]),
    "autoencoder": lambda p, d: binary_cross_entropy(perceptron(p, "dense", d["x"], nn.relu), d["x"]),
    "cnn": cnn,
    "lstm": lstm,
    "transformer": transformer,
}


def leaky(x):
    return nn.leaky_relu(x, 0.2)


def generate(g, z):
    return jnp.tanh(perceptron(g, "g", z, leaky))


def judge(d, x):
    return perceptron(d, "d", x, leaky)


def discriminator_loss(d, real, made):
    real, made = judge(d, real), judge(d, made)
    ones = jnp.ones_like(real)
    return binary_cross_entropy(real, ones) + binary_cross_entropy(made, 0 * ones)


def generator_loss(g, d, z):
    logits = judge(d, generate(g, z))
    return binary_cross_entropy(logits, jnp.ones_like(logits))


def gan_step(networks, states, data):
    (g, d), (state_g, state_d) = networks, states
    loss_d, grads = jax.value_and_grad(discriminator_loss)(d, data["real"], generate(g, data["z"]))
    updates, state_d = optimizer.update(grads, state_d, d)
    d = optax.apply_updates(d, updates)
    loss_g, grads = jax.value_and_grad(generator_loss)(g, d, data["z"])
    updates, state_g = optimizer.update(grads, state_g, g)
    return (optax.apply_updates(g, updates), d), (state_g, state_d), [loss_d, loss_g]


class Prepared:
    """A jitted function whose results are kept until the next step."""

    def __init__(self, step):
        self.run, self.results = step, None

    def step(self):
        self.results = self.run()

    def finish(self):
        jax.block_until_ready(self.results)

    def output(self):
        return jax.tree.leaves(self.results)


class Calls(Prepared):
    """Dependent calls: each takes the result of the one before."""

    def __init__(self, data, calls):
        f = jax.jit(jnp.add)

        def run():
            x = data["x"]
            for _ in range(calls):
                x = f(x, data["y"])
            return x

        super().__init__(run)


class Training(Prepared):
    """`update(params, state, data)` gives the next params and state, and losses."""

    def __init__(self, update, params, state, data):
        step = jax.jit(update, donate_argnums=(0, 1))
        self.params, self.state = params, state

        def run():
            self.params, self.state, losses = step(self.params, self.state, data)
            return losses

        super().__init__(run)

    def finish(self):
        jax.block_until_ready((self.results, self.params))


def training(loss, params, data):
    def update(params, state, data):
        value, grads = jax.value_and_grad(loss)(params, data)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    return Training(update, params, optimizer.init(params), data)


class Library:
    version = jax.__version__

    def __init__(self, threads):
        self.note = f"CPU, {os.cpu_count()} threads"

    def trivial(self):
        jax.block_until_ready(jax.jit(lambda x: x + 1)(jnp.zeros(1)))

    def prepare(self, workload, data, params):
        kind = workload["kind"]
        data, params = jax.tree.map(jnp.array, (data, params))
        if kind == "calls":
            return Calls(data, workload["callsPerStep"])
        if kind == "gan":
            g = {name: x for name, x in params.items() if name.startswith("g")}
            d = {name: x for name, x in params.items() if name.startswith("d")}
            return Training(gan_step, (g, d), (optimizer.init(g), optimizer.init(d)), data)
        if kind in LOSSES:
            return training(LOSSES[kind], params, data)
        f = jax.jit(FUNCTIONS[kind])
        return Prepared(lambda: f(data))


serve(Library)
