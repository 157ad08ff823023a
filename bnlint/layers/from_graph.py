"""The graph's half of a `Subject`: layers with their applications, update ops and wiring, by checkpoint key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from bnlint.artifacts.artifact import MetaGraph
from bnlint.graph.control_flow import LEARNING_PHASE, Gates, is_in_loop, is_learning_phase
from bnlint.graph.graph import Graph, Output
from bnlint.graph.sweep import ancestors
from bnlint.graph.training import Training
from bnlint.graph.variables import VARIABLES, Variables
from bnlint.layers.applications import Normalizer, is_of_samples, is_over_batch
from bnlint.layers.clocks import adam_beta2s, incremented_scalars
from bnlint.layers.dialect import dialect_of
from bnlint.layers.feeders import feeder_of, nearest_variable
from bnlint.layers.layer import Application, Layer, Mode, Repeats, Served, UpdateOp, Variable
from bnlint.layers.leftovers import leftovers, without_statistics
from bnlint.layers.moments import FUSED
from bnlint.layers.names import Shape, layer_name
from bnlint.layers.repeats import repeats
from bnlint.layers.saving import Savers, savers_of
from bnlint.layers.serving import Serving
from bnlint.layers.statistics import GraphLayer, GraphLayers
from bnlint.layers.turns import Turns
from bnlint.layers.ungated import ungated_updates
from bnlint.layers.updates import Update
from bnlint.results import Step

TRAINABLE = "trainable_variables"
_NOT_UPDATES = frozenset(
    {"train_op", "losses", "regularization_losses", "summaries", "cond_context", "while_context", "savers"}
    | {"variables", "trainable_variables", "local_variables", "model_variables", "moving_average_variables"}
    | {"init_op", "local_init_op", "ready_op", "ready_for_local_init_op", "saver_op", "summary_op", "global_step"}
)
"""TensorFlow's own collections that nobody runs for their updates."""


class GraphView:
    """Everything the layers stage asks of one meta-graph, each part computed when first needed."""

    def __init__(self, meta: MetaGraph, saved: Mapping[str, Shape] | None = None) -> None:
        """Look at ``meta``. ``saved`` are the shapes that the checkpoint lists, by key, which need no decoding."""
        self.meta = meta
        self._saved = saved or {}
        self.graph: Graph = meta.graph
        self.variables = Variables(self.graph, {v.name: v.initializer for v in meta.variables})
        self.gates = Gates(self.graph)
        self.savers: Savers = savers_of(meta)
        declared = (v.name for v in meta.variables if v.trainable)
        self.trainable = frozenset(meta.collections.get(TRAINABLE) or declared)

    @cached_property
    def training(self) -> Training:
        """Where the graph trains."""
        return Training(self.graph, self.variables, self.trainable)

    @property
    def trains(self) -> bool:
        """Whether an optimizer applies gradients anywhere in the graph."""
        return bool(self.training.applies)

    @cached_property
    def serving(self) -> Serving:
        """What of the graph is served."""
        statistics = {number for layer in self.found for number in (layer.mean, layer.variance)}
        trained = {number for layer in self.found for number in (layer.gamma, layer.beta) if number is not None}
        trained |= {n for n, shape in self.shapes.items() if shape and self.graph.nodes[n].name in self.trainable}
        return Serving(self.meta, self.variables, self.training.applies, trained - statistics)

    @property
    def keys(self) -> Mapping[int, str]:
        """Checkpoint key of each variable node."""
        return self.savers.keys

    @cached_property
    def shapes(self) -> Mapping[int, Shape]:
        """Shape of each variable node that says it."""
        found: dict[int, Shape] = {}
        for number, key in self.keys.items():
            shape = self._saved.get(key) or self.graph.nodes[number].attributes.get("shape")
            if isinstance(shape, tuple) and all(isinstance(size, int) and size >= 0 for size in shape):
                found[number] = shape
        return found

    @cached_property
    def _found(self) -> tuple[tuple[GraphLayer, ...], tuple[Normalizer, ...], tuple[Normalizer, ...]]:
        """The layers, the normalizers without statistics, and those of them whose moments are not kept anywhere."""
        search = GraphLayers(self.graph, self.variables, self.gates, self.shapes, self.keys)
        found = search.find()
        return found, search.untied, tuple(n for n in search.untied if not search.are_kept(n))

    @property
    def found(self) -> tuple[GraphLayer, ...]:
        """The layers, by variable nodes."""
        return self._found[0]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader of a frozen graph, or of one that trains, should know that is no layer."""
        folded = leftovers(self.graph) if self.meta.outputs else ()
        return (*folded, *without_statistics(self._without_statistics()))

    def _without_statistics(self) -> Iterator[str]:
        """Yield the scopes of layers that are trained with the moments of batches, which no variable keeps."""
        for normalizer in self._found[2] if not self.meta.is_serving else ():
            parameters = [number for number in (normalizer.gamma, normalizer.beta) if number is not None]
            is_trained = any(number in self.training.applies_by_variable for number in parameters)
            is_batch_norm = is_over_batch(self.graph, normalizer) and is_of_samples(self.graph, normalizer)
            if is_trained and is_batch_norm and self._leads_to_a_step(normalizer.output):
                yield layer_name([self.keys[number] for number in parameters])

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """Keys of scalars that a training step increments, those of averages aside."""
        numbers = incremented_scalars(self.variables, self.training)
        return tuple(self.keys[n] for n in numbers if not self.keys[n].endswith("local_step"))

    @cached_property
    def beta2s(self) -> Mapping[str, float]:
        """Adam's beta2, by the key of its power."""
        return adam_beta2s(self.variables, self.keys)

    def with_clocks(self, layers: tuple[Layer, ...], said: Mapping[str, Step]) -> tuple[Layer, ...]:
        """Give layers that not every training step updates the clocks that count them. ``said`` is by key."""
        if not self.trains:
            return layers
        return Turns(self.graph, self.variables, self.training, self.keys).with_clocks(layers, said)

    def constant_parameters(self, excluded: Iterable[str]) -> Iterator[Variable]:
        """Yield trainable variables with a constant initial value, such as biases, smallest first."""
        skip = set(excluded)
        found = [
            (self.shapes.get(number, ()), number)
            for number in self.variables.assignments
            if self.graph.nodes[number].name in self.trainable and self.keys[number] not in skip
        ]
        for shape, number in sorted(found, key=lambda item: (len(item[0]), item)):
            if len(shape) <= 1 and self.variables.initial_value(number) is not None:
                yield self.variable(number)

    def variable(self, number: int, updates: Iterable[Update] = ()) -> Variable:
        """Return what the graph knows of one variable."""
        name = self.graph.nodes[number].name
        loading = self.variables.loading(number)
        return Variable(
            name=self.keys[number],
            shape=self.shapes.get(number),
            initial=self.variables.initial_value(number),
            loaded_by=None if loading is None else self.graph.nodes[loading].name,
            is_trainable=name in self.trainable if self.trainable or (self.trains and self.meta.variables) else None,
            is_optimized=number in self.training.applies_by_variable if self.trains else None,
            updates=tuple(self._update(update) for update in updates),
        )

    def _update(self, update: Update) -> UpdateOp:
        name = self.graph.nodes[update.number].name
        predicates = sorted({gate.predicate for gate in update.gates if gate.branch})
        return UpdateOp(
            op=name,
            is_wired=self.training.is_wired(update.number),
            collections=tuple(c for c, reach in self._collection_reach.items() if update.number in reach),
            momentum=update.momentum,
            predicates=tuple(self.graph.nodes[p.node].name for p in predicates),
            in_loop=is_in_loop(self.graph, update.number),
            by_learning_phase=any(is_learning_phase(self.graph, p) for p in predicates),
            served=self.serving.of(update.number, update.gates),
        )

    def with_joints(self, variable: Variable) -> Variable:
        """Return ``variable`` with the node at which each of its wired updates is joined to an optimizer step."""
        return replace(variable, updates=tuple(self._with_joint(u) for u in variable.updates))

    def _with_joint(self, update: UpdateOp) -> UpdateOp:
        number = self.graph.number(update.op)
        joint = self.training.joint(number) if number is not None and update.is_wired else None
        return update if joint is None else update._replace(joint=self.graph.nodes[joint].name)

    @cached_property
    def _collection_reach(self) -> Mapping[str, frozenset[int]]:
        """Everything that runs when all of a collection is run, by collection."""
        reach: dict[str, frozenset[int]] = {}
        for collection, names in sorted(self.meta.collections.items()):
            numbers = {self.graph.number(name) for name in names} - {None}
            runs = {n for n in numbers if n is not None and self.graph.nodes[n].op not in VARIABLES}
            if collection not in _NOT_UPDATES and runs:
                reach[collection] = ancestors(self.graph, runs)
        return reach

    def feeds_saved(self, layer: GraphLayer, listed: frozenset[str]) -> bool:
        """Whether the data that ``layer`` normalises comes from a saved variable: its network is in the save."""
        own = frozenset((layer.mean, layer.variance))
        nearest = (nearest_variable(self.graph, n.number, own) for n in layer.normalizers)
        first = next((variable for variable in nearest if variable is not None), None)
        return first is not None and self.keys[first] in listed

    def layers(self) -> Iterator[tuple[GraphLayer, Layer]]:
        """Yield every layer with what the graph knows of it. Names are unique."""
        for layer in self.found:
            yield layer, self._layer(layer)

    def stripped_layers(self) -> Iterator[Layer]:
        """Yield layers of which a served graph has the batch statistics alone: freezing dropped the moving ones."""
        for normalizer in self._found[1] if self.meta.is_serving else ():
            application = self._application(normalizer)
            if application.served and is_over_batch(self.graph, normalizer):
                parameters = [None if v is None else self.variable(v) for v in (normalizer.gamma, normalizer.beta)]
                scope = layer_name([v.name for v in parameters if v is not None])
                yield Layer(
                    name="",
                    moving_mean=Variable(f"{scope}/moving_mean"),
                    moving_variance=Variable(f"{scope}/moving_variance"),
                    gamma=parameters[0],
                    beta=parameters[1],
                    epsilon=normalizer.epsilon,
                    applications=(application,),
                )

    def _layer(self, layer: GraphLayer) -> Layer:
        mean = self.variable(layer.mean, layer.mean_updates)
        variance = self.variable(layer.variance, layer.variance_updates)
        epsilons = [n.epsilon for n in layer.normalizers if n.epsilon is not None]
        return Layer(
            name="",
            moving_mean=mean,
            moving_variance=variance,
            gamma=None if layer.gamma is None else self.variable(layer.gamma),
            beta=None if layer.beta is None else self.variable(layer.beta),
            epsilon=epsilons[0] if epsilons else None,
            dialect=dialect_of(
                self.graph,
                layer,
                self.meta.collections.get("model_variables", ()),
                has_phase=self._has_phase,
                is_registered=any(u.collections for u in (*mean.updates, *variance.updates)),
            ),
            applications=tuple(self._application(n) for n in layer.normalizers),
            ungated=tuple(dict.fromkeys(ungated_updates(self.graph, self.gates, layer))),
            feeder=feeder_of(self.graph, self.shapes, self.keys, (n.data for n in layer.normalizers)),
            repeats=self._repeats_of(layer),
        )

    def _repeats_of(self, layer: GraphLayer) -> Repeats | None:
        found = [self._repeats[number] for number in (layer.mean, layer.variance) if number in self._repeats]
        return max(found, key=lambda own: (own.unordered, own.total), default=None)

    @cached_property
    def _repeats(self) -> Mapping[int, Repeats]:
        """How often a training step updates a statistic that several ops move."""
        if not self.trains:
            return {}
        updates = (updates for layer in self.found for updates in (layer.mean_updates, layer.variance_updates))
        return repeats(self.graph, self.training, updates)

    @cached_property
    def _has_phase(self) -> bool:
        """Whether the graph has Keras's learning-phase placeholder. It proves no more than that Keras was there."""
        return any(LEARNING_PHASE in node.name for node in self.graph.nodes if node.op.startswith("Placeholder"))

    def _application(self, normalizer: Normalizer) -> Application:
        predicate = None if normalizer.choice is None else normalizer.choice.predicate
        if predicate is not None:
            mode = Mode.LEARNING_PHASE if is_learning_phase(self.graph, predicate) else Mode.SWITCHED
        else:
            mode = Mode.TRAINING if normalizer.uses_batch else Mode.INFERENCE
        return Application(
            op=self.graph.nodes[normalizer.number].name,
            mode=mode,
            on_training_path=self.trains and self._leads_to_a_step(normalizer.output),
            predicate=None if predicate is None else self.graph.nodes[predicate.node].name,
            served=self._served(normalizer) if normalizer.uses_batch else (),
        )

    def _leads_to_a_step(self, output: int) -> bool:
        """Whether a step depends on the data that is normalised: of a fused op it may want the moments alone.

        A copy for tests whose updates stand in UPDATE_OPS too is such a one, where a step waits for all of these.
        """
        path, graph = self.training.path, self.graph
        if output not in path or graph.nodes[output].op not in FUSED:
            return output in path
        users = (user for user in graph.consumers[output] if user in path)
        return any(Output(output) in graph.data[user] for user in users) or any(
            not path.isdisjoint(group) for group in graph.waiting.get(output, ())
        )

    def _served(self, normalizer: Normalizer) -> tuple[Served, ...]:
        """Return who serves ``normalizer`` with batch statistics."""
        gates = set(self.gates.of(normalizer.number))
        if normalizer.choice is not None:
            gates.add(normalizer.choice)
        return self.serving.of(normalizer.number, gates)
