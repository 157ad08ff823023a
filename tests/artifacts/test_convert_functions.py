"""Control flow v2 against v1: TensorFlow builds one program both ways, and bnlint sees the same in both."""

from __future__ import annotations

import pytest

from bnlint.artifacts.meta_graph import convert
from bnlint.formats import messages
from bnlint.graph.control_flow import Gates, is_in_loop
from bnlint.graph.graph import GraphError
from bnlint.graph.training import Training
from bnlint.graph.variables import AssignKind, Variables


class Program:
    """What every program is made of: data, two predicates, an index, and updates of variables."""

    def __init__(self, tf):
        self.tf, self.v1 = tf, tf.compat.v1
        self.x = self.v1.placeholder(tf.float32, [None, 4], "x")
        self.p = self.v1.placeholder(tf.bool, [], "p")
        self.q = self.v1.placeholder(tf.bool, [], "q")
        self.index = self.v1.placeholder(tf.int32, [], "index")
        self.weights = self.v1.get_variable("weights", [4, 4], use_resource=True)

    def variable(self, name):
        zeros = self.v1.zeros_initializer()
        return self.v1.get_variable(name, [4], initializer=zeros, use_resource=True, trainable=False)

    def moved(self, name, x):
        """Return ``x`` after an update of the variable ``name``."""
        with self.v1.variable_scope("", reuse=self.v1.AUTO_REUSE):
            variable = self.variable(name)
        update = variable.assign_sub((variable - self.tf.reduce_mean(x, 0)) * 0.1, read_value=False)
        with self.tf.control_dependencies([update]):
            return self.tf.identity(x)

    def trained(self, output):
        loss = self.tf.reduce_mean(self.tf.square(self.tf.matmul(output, self.weights)))
        self.v1.train.GradientDescentOptimizer(0.1).minimize(loss)


def cond(b):
    return b.tf.cond(b.p, lambda: b.moved("a", b.x), lambda: b.x * 2)


def nested(b):
    inner = lambda: b.tf.cond(b.q, lambda: b.moved("a", b.x), lambda: b.moved("b", b.x))  # noqa: E731
    return b.tf.cond(b.p, inner, lambda: b.moved("c", b.x))


def unused(b):
    b.tf.cond(b.p, lambda: b.moved("a", b.x), lambda: b.x * 2)
    return b.moved("b", b.x)


def in_vain(b):
    def branch():
        b.moved("a", b.x)
        return b.x * 2

    return b.tf.cond(b.p, branch, lambda: b.moved("b", b.x))


def loop(b):
    return b.tf.while_loop(lambda k, _: k < 3, lambda k, x: (k + 1, b.moved("a", x)), (0, b.x))[1]


def loop_in_vain(b):
    def turn(k, x):
        b.moved("a", x)
        return k + 1, x * 2

    return b.tf.while_loop(lambda k, _: k < 3, turn, (0, b.x))[1]


def cond_in_loop(b):
    def turn(k, x):
        return k + 1, b.tf.cond(b.p, lambda: b.moved("a", x), lambda: x)

    return b.tf.while_loop(lambda k, _: k < 3, turn, (0, b.x))[1]


def loop_in_cond(b):
    return b.tf.cond(b.p, lambda: loop(b), lambda: b.x)


def case(b):
    return b.tf.switch_case(b.index, [lambda: b.moved("a", b.x), lambda: b.moved("b", b.x), lambda: b.x])


PROGRAMS = [cond, nested, unused, in_vain, loop, loop_in_vain, cond_in_loop, loop_in_cond]


@pytest.fixture
def build(tf):
    def build(program, *, v2):
        v1 = tf.compat.v1
        was = v1.control_flow_v2_enabled()
        (v1.enable_control_flow_v2 if v2 else v1.disable_control_flow_v2)()
        try:
            with v1.Graph().as_default():
                made = Program(tf)
                made.trained(program(made))
                return v1.train.export_meta_graph()
        finally:
            (v1.enable_control_flow_v2 if was else v1.disable_control_flow_v2)()

    return build


def seen(exported):
    """Return what bnlint sees of each update: is it wired and in a loop, and which predicates gate it."""
    meta, errors = convert(messages.MetaGraphDef.FromString(exported.SerializeToString()))
    assert errors == ()
    graph = meta.graph
    variables, gates = Variables(graph), Gates(graph)
    training = Training(graph, variables, meta.collections["trainable_variables"])
    assert training.applies
    return {
        graph.nodes[variable].name: (
            training.is_wired(update.number),
            is_in_loop(graph, update.number),
            {(_predicate(graph.nodes[gate.predicate.node]), gate.branch) for gate in gates.of(update.number)},
        )
        for variable, assignments in variables.assignments.items()
        for update in assignments
        if update.kind is AssignKind.UPDATE and graph.nodes[variable].name != "weights"
    }


def _predicate(node):
    return node.op if node.op == "Equal" else node.name


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_both_ways_say_the_same(program, build):
    old, new = build(program, v2=False), build(program, v2=True)
    assert new.graph_def.library.function
    assert not old.graph_def.library.function
    assert seen(new).keys() == seen(old).keys() != set()
    assert seen(new) == seen(old)


def test_the_table_is_not_empty(build):
    assert seen(build(nested, v2=True)) == {
        "a": (True, False, {("p", True), ("q", True)}),
        "b": (True, False, {("p", True), ("q", False)}),
        "c": (True, False, {("p", False)}),
    }
    assert seen(build(loop_in_vain, v2=True)) == {"a": (False, True, set())}
    assert seen(build(case, v2=True)) == {  # of which v1 has no form
        "a": (True, False, {("Equal", True)}),
        "b": (True, False, {("Equal", False), ("Equal", True)}),
    }


def test_collections_may_name_what_stands_in_a_body(tf, build):
    def program(b):
        def branch():
            x = b.moved("a", b.x)
            b.v1.add_to_collection("update_ops", b.v1.get_default_graph().get_operations()[-1])
            return x

        y = b.tf.cond(b.p, branch, lambda: b.x)
        b.v1.add_to_collection("chosen", y.op.inputs[0].op)
        return y

    exported = build(program, v2=True)
    ours = messages.MetaGraphDef.FromString(exported.SerializeToString())
    meta, errors = convert(ours)
    assert errors == ()
    (named,) = meta.collections["update_ops"]
    assert named.startswith("cond/cond_true_")
    assert next(node.op for node in meta.graph.nodes if node.name == named) == "Identity"
    assert meta.collections["chosen"] == ("cond",)

    for node in ours.graph_def.node:  # as when a function was replaced by another that nobody calls any more
        if node.name == "cond":
            del node.attr["then_branch"]
    meta, errors = convert(ours)
    assert errors == ()
    assert meta.collections["update_ops"] == ()


def test_functions_that_lead_nowhere_are_refused(build):
    ours = messages.MetaGraphDef.FromString(build(cond, v2=True).SerializeToString())
    function = next(f for f in ours.graph_def.library.function if "_true_" in f.signature.name)
    function.node_def[0].input.append("nowhere:output:0")
    function.node_def.add(name="up", op="AssignVariableOp").input.append("nowhere:output:0")
    with pytest.raises(GraphError, match=r"function 'cond_true_.*' has no node 'nowhere'"):
        convert(ours)
    assert convert(ours, roots=["x"])[0].graph.number("cond") is not None
