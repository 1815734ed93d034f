"""The commands of the distilled generator: teach, train, sample, score, gif, tsne."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.options import QuietOption, takes
from rendersdg.errors import BadArgument
from rendersdg.extras import needs
from rendersdg.files import write_file
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.classify.pictures import Pictures
    from detectors.generator.networks import Generator
    from detectors.generator.scores import Features

app = typer.Typer(
    help="A light generator of 32-pixel images, distilled from a teacher, to calibrate with.", no_args_is_help=True
)
GeneratorArgument = Annotated[Path, typer.Argument(metavar="GENERATOR", help="A run's folder or generator.pt.")]
SeedOption = Annotated[int, typer.Option("--seed")]


@dataclass(frozen=True, kw_only=True)
class TeachOptions:
    """Options of ``rendersdg generator teach``."""

    teacher: Annotated[
        Path,
        typer.Argument(
            help="TorchScript: (noise, one-hot classes) to images; or a StyleGAN2-ADA .pkl. Both run code: --trust."
        ),
    ]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the triples.")]
    count: Annotated[int, typer.Option("--count", min=1)] = 20_000
    noise: Annotated[int, typer.Option("--noise", min=1, help="Length of the noise, where the file does not say.")] = (
        512
    )
    classes: Annotated[
        int, typer.Option("--classes", min=1, help="Number of classes, where the file does not say.")
    ] = 10
    names: Annotated[str, typer.Option("--names", help="Names of the classes, with commas.")] = ""
    trust: Annotated[bool, typer.Option("--trust", help="Run the teacher's code, which may do all that you may.")] = (
        False
    )
    seed: SeedOption = 0
    quiet: QuietOption = False


@app.command(epilog="Example: rendersdg generator teach teacher.pt -o triples --count 20000 --trust")
@takes(TeachOptions)
def teach(options: TeachOptions) -> None:
    """Ask a teacher for (noise, class, image) triples; it is not needed any more then."""
    needs("torch", "train")
    from detectors.generator.triples import load_teacher
    from detectors.generator.triples import teach as write_triples

    teacher = load_teacher(options.teacher, noise=options.noise, classes=options.classes, trust=options.trust)
    titles = tuple(options.names.split(",")) if options.names else ()
    with FrameProgress(options.count, "teach", quiet=options.quiet, unit="triples") as progress:

        def on_triples(done: int) -> None:
            for k in range(progress.done, done):
                progress(k, {})

        write_triples(teacher, options.out, options.count, seed=options.seed, classes=titles, on_triples=on_triples)
    print(f"wrote {options.out}")


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Options of ``rendersdg generator train``."""

    triples: Annotated[Path, typer.Argument(help="Folder of triples.")]
    out: Annotated[Path, typer.Option("--out", "-o", help="The run's folder.")]
    real: Annotated[Path | None, typer.Option("--real", help="Real pictures: for the loss, and to judge by.")] = None
    features: Annotated[
        Path | None, typer.Option("--features", help="A classifier's run: FID after each epoch; needs --real.")
    ] = None
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = 20
    batch: Annotated[int, typer.Option("--batch", min=2)] = 64
    rate: Annotated[float, typer.Option("--rate")] = 2e-4
    pixel: Annotated[float, typer.Option("--pixel", help="Weight of the distance of pixels.")] = 0.2
    adversarial: Annotated[float, typer.Option("--adversarial", help="Weight of the adversarial loss.")] = 0.01
    weight_real: Annotated[
        float, typer.Option("--weight-real", help="Weight of real pictures in the discriminator's loss.")
    ] = 0.2
    every: Annotated[int, typer.Option("--every", min=1, help="Steps between adversarial ones.")] = 10
    width: Annotated[
        int, typer.Option("--width", min=8, help="Channels of the generator's first maps; 256 has 2 M parameters.")
    ] = 256
    judge_width: Annotated[
        int, typer.Option("--judge-width", min=1, help="Channels of the discriminator's first maps.")
    ] = 64
    seed: SeedOption = 0
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False
    quiet: QuietOption = False


@app.command(
    epilog="Example: rendersdg generator train triples -o generator --real cifar10/train.npz --features classifier"
)
@takes(TrainOptions)
def train(options: TrainOptions) -> None:
    """Distil the generator from triples."""
    needs("torch", "train")
    from detectors.classify.pictures import read_pictures
    from detectors.generator.scores import features_of
    from detectors.generator.train import GeneratorRecipe, train_generator
    from detectors.generator.triples import read_triples

    if options.features is not None and options.real is None:
        raise BadArgument("--features judges against --real: give both")
    recipe = GeneratorRecipe(
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        pixel=options.pixel,
        adversarial=options.adversarial,
        real=options.weight_real,
        every=options.every,
        width=options.width,
        judge_width=options.judge_width,
        seed=options.seed,
    )
    triples = read_triples(options.triples)
    pictures = read_pictures(options.real) if options.real else None
    features = None if options.features is None else features_of(options.features)
    score = None if features is None or pictures is None else _distance_to(pictures, features)
    last: dict[str, float] = {}
    with FrameProgress(options.epochs, "train", quiet=options.quiet, unit="epochs") as progress:

        def on_epoch(epoch: int, numbers: Mapping[str, float]) -> None:
            last.update(numbers)
            progress(epoch, {})

        model = train_generator(
            triples, recipe, options.out, real=pictures, resume=options.resume, score=score, on_epoch=on_epoch
        )
    fid = f", FID {last['fid']:.1f} ({features.name})" if features is not None and "fid" in last else ""
    print(f"wrote {model}{fid}")


def _distance_to(pictures: Pictures, features: Features) -> Callable[[Generator], float]:
    """Return what gives a generator's Fréchet distance to real pictures, by as many images, 2,000 at most."""
    import numpy as np

    from detectors.generator.scores import frechet
    from detectors.generator.train import sample

    theirs = features.of(pictures.images)[0]

    def distance(student: Generator) -> float:
        labels = np.arange(min(len(pictures.images), 2000)) % student.classes
        return frechet(features.of(sample(student, labels))[0], theirs)

    return distance


@app.command(epilog="Example: rendersdg generator sample generator -o made.npz --count 5000")
def sample(
    generator: GeneratorArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="made.npz (images, labels, classes), or sheet.png, a row a class.")
    ],
    count: Annotated[
        int, typer.Option("--count", min=1, help="Images of the .npz, or columns of the sheet, of each class.")
    ] = 10,
    label: Annotated[
        list[str] | None, typer.Option("--class", help="Name of a class to make (repeatable); default: all.")
    ] = None,
    seed: SeedOption = 0,
) -> None:
    """Make images."""
    needs("torch", "train")
    import numpy as np

    from detectors.generator.pictures import sheet
    from detectors.generator.train import load_generator
    from detectors.generator.train import sample as make

    student, classes = load_generator(generator)
    if out.suffix == ".png":
        write_file(out, sheet(student, per_class=count, seed=seed))
    elif out.suffix == ".npz":
        labels = np.repeat([_index(name, classes) for name in label or classes], count)
        file = io.BytesIO()
        np.savez_compressed(file, images=make(student, labels, seed), labels=labels, classes=np.array(classes))
        write_file(out, file.getvalue())
    else:
        raise BadArgument(f"--out {out} is neither .npz nor .png")
    print(f"wrote {out}")


@app.command(epilog="Example: rendersdg generator score generator --real cifar10/test.npz --features classifier")
def score(
    generator: GeneratorArgument,
    real: Annotated[Path, typer.Option("--real", help="Real pictures.")],
    features: Annotated[Path, typer.Option("--features", help="A classifier's run, whose features are looked at.")],
    count: Annotated[int, typer.Option("--count", min=2, help="Images made.")] = 2000,
    seed: SeedOption = 0,
) -> None:
    """Print the Fréchet distance to real pictures and the Inception score, and the network that looked."""
    needs("torch", "train")
    import numpy as np

    from detectors.classify.pictures import read_pictures
    from detectors.generator.scores import features_of, frechet, inception_score
    from detectors.generator.train import load_generator
    from detectors.generator.train import sample as make

    student, classes = load_generator(generator)
    look, pictures = features_of(features), read_pictures(real)
    drawn, answers = look.of(make(student, np.arange(count) % len(classes), seed))
    real_features, real_answers = look.of(pictures.images)
    half = len(real_features) // 2
    print(f"features of {look.name}")
    print(
        f"FID {frechet(drawn, real_features):.2f} (one half of the real pictures to the other: "
        f"{frechet(real_features[:half], real_features[half:]):.2f})"
    )
    print(f"inception score {inception_score(answers):.2f} (real pictures: {inception_score(real_answers):.2f})")


@app.command(epilog="Example: rendersdg generator gif generator -o frogs.gif --class frog")
def gif(
    generator: GeneratorArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="The .gif.")],
    label: Annotated[str | None, typer.Option("--class", help="Name of the class; default: the first.")] = None,
    seed: SeedOption = 0,
) -> None:
    """Walk from noise to noise."""
    needs("torch", "train")
    from detectors.generator.pictures import walk
    from detectors.generator.train import load_generator

    student, classes = load_generator(generator)
    write_file(out, walk(student, label=_index(label or classes[0], classes), seed=seed))
    print(f"wrote {out}")


@app.command(
    epilog="Example: rendersdg generator tsne generator -o tsne.png --real cifar10/test.npz --features classifier"
)
def tsne(
    generator: GeneratorArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="The .png.")],
    real: Annotated[Path, typer.Option("--real", help="Real pictures.")],
    features: Annotated[Path, typer.Option("--features", help="A classifier's run, whose features are looked at.")],
    count: Annotated[int, typer.Option("--count", min=2, help="Images of each kind.")] = 500,
    seed: SeedOption = 0,
) -> None:
    """Draw where made and real images lie in a classifier's features (t-SNE)."""
    needs("torch", "train")
    needs("sklearn", "generator")
    import numpy as np

    from detectors.classify.pictures import read_pictures
    from detectors.generator.pictures import scatter
    from detectors.generator.scores import features_of
    from detectors.generator.scores import tsne as placed
    from detectors.generator.train import load_generator
    from detectors.generator.train import sample as make

    student, classes = load_generator(generator)
    look, pictures = features_of(features), read_pictures(real).first(count)
    labels = np.arange(count) % len(classes)
    both = np.concatenate([look.of(pictures.images)[0], look.of(make(student, labels, seed))[0]])
    is_real = np.arange(len(both)) < len(pictures.images)
    write_file(out, scatter(placed(both, seed), np.concatenate([pictures.labels, labels]), is_real, classes))
    print(f"wrote {out}")


def _index(name: str, classes: tuple[str, ...]) -> int:
    if name not in classes:
        raise BadArgument(f"--class {name!r} is not among {', '.join(classes)}")
    return classes.index(name)
