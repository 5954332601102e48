#!/usr/bin/env python3
"""Makes small models with random weights in `transformers`, one folder for each architecture and head, with what `transformers` computes.

    python Tools/make_model_fixtures.py [FOLDER]          Tests/ModelsTests/Fixtures/Models where none is given
    python Tools/make_model_fixtures.py --check FOLDER    loads every folder there and compares it with its expected.safetensors

Each folder holds config.json, model.safetensors and expected.safetensors: input_ids and attention_mask [B, T], decoder_input_ids where
there is a decoder behind an encoder, token_type_ids where segments are told apart; hidden_states (behind the last norm; the decoder's
where there are two stacks), pooled and logits as far as the class has them. Weights are drawn so that they survive being stored as
bfloat16, which halves the folders; everything is computed in float32 from what is stored.
"""

import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

SMALL = dict(vocab_size=61, max_position_embeddings=24)
BERT = dict(SMALL, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=20, pad_token_id=0)
ROBERTA = dict(BERT, pad_token_id=1, max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5)
DISTILBERT = dict(SMALL, dim=16, n_layers=2, n_heads=4, hidden_dim=20, pad_token_id=0)
ELECTRA = dict(BERT, embedding_size=12)
GPT2 = dict(vocab_size=61, n_positions=24, n_embd=16, n_layer=2, n_head=4, pad_token_id=0, bos_token_id=1, eos_token_id=2)
LLAMA = dict(SMALL, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=20,
             pad_token_id=0, bos_token_id=1, eos_token_id=2)
T5 = dict(vocab_size=61, d_model=16, d_kv=6, d_ff=20, num_layers=2, num_heads=3, relative_attention_num_buckets=8,
          relative_attention_max_distance=12, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
BART = dict(SMALL, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=20, decoder_ffn_dim=20, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2)
MARIAN = dict(BART, bos_token_id=None, pad_token_id=60, eos_token_id=0, decoder_start_token_id=60, scale_embedding=True,
              activation_function="swish", static_position_embeddings=True, normalize_embedding=False, normalize_before=False)
ROTARY = dict(rope_theta=10_000.0)

# name, class, configuration
CASES = [
    ("bert", "BertModel", BERT),
    ("bert-masked-lm", "BertForMaskedLM", BERT),
    ("bert-pre-training", "BertForPreTraining", BERT),
    ("bert-sequence-classification", "BertForSequenceClassification", dict(BERT, num_labels=3)),
    ("bert-token-classification", "BertForTokenClassification", dict(BERT, num_labels=5, hidden_act="gelu_new")),
    ("bert-question-answering", "BertForQuestionAnswering", BERT),
    ("roberta", "RobertaModel", ROBERTA),
    ("roberta-masked-lm", "RobertaForMaskedLM", ROBERTA),
    ("roberta-sequence-classification", "RobertaForSequenceClassification", dict(ROBERTA, num_labels=3)),
    ("roberta-token-classification", "RobertaForTokenClassification", dict(ROBERTA, num_labels=3)),
    ("xlm-roberta-masked-lm", "XLMRobertaForMaskedLM", ROBERTA),
    ("distilbert", "DistilBertModel", DISTILBERT),
    ("distilbert-masked-lm", "DistilBertForMaskedLM", DISTILBERT),
    ("distilbert-sequence-classification", "DistilBertForSequenceClassification", dict(DISTILBERT, num_labels=3)),
    ("distilbert-question-answering", "DistilBertForQuestionAnswering", DISTILBERT),
    ("electra", "ElectraModel", ELECTRA),
    ("electra-pre-training", "ElectraForPreTraining", ELECTRA),
    ("electra-masked-lm", "ElectraForMaskedLM", ELECTRA),
    ("electra-sequence-classification", "ElectraForSequenceClassification", dict(ELECTRA, num_labels=3, embedding_size=16)),
    ("gpt2", "GPT2Model", GPT2),
    ("gpt2-language-model", "GPT2LMHeadModel", GPT2),
    ("gpt2-sequence-classification", "GPT2ForSequenceClassification", dict(GPT2, num_labels=3)),
    ("gpt2-token-classification", "GPT2ForTokenClassification", dict(GPT2, num_labels=3, n_inner=24, activation_function="relu")),
    ("llama", "LlamaModel", LLAMA),
    ("llama-language-model", "LlamaForCausalLM", dict(LLAMA, attention_bias=True, mlp_bias=True)),
    ("llama-tied", "LlamaForCausalLM", dict(LLAMA, tie_word_embeddings=True, head_dim=8)),
    ("llama-sequence-classification", "LlamaForSequenceClassification", dict(LLAMA, num_labels=3)),
    ("llama-token-classification", "LlamaForTokenClassification", dict(LLAMA, num_labels=3)),
    ("llama-linear", "LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(ROTARY, rope_type="linear", factor=2.0))),
    ("llama-dynamic", "LlamaForCausalLM", dict(LLAMA, max_position_embeddings=8,
                                               rope_parameters=dict(ROTARY, rope_type="dynamic", factor=4.0))),
    ("llama-yarn", "LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        ROTARY, rope_type="yarn", factor=4.0, original_max_position_embeddings=6, beta_fast=4.0, beta_slow=0.5))),
    ("llama-3", "LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        rope_theta=500.0, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=16))),
    ("llama-longrope", "LlamaForCausalLM", dict(LLAMA, rope_parameters=dict(
        ROTARY, rope_type="longrope", factor=3.0, original_max_position_embeddings=8, short_factor=[1.0, 1.5],
        long_factor=[2.0, 3.5]))),
    ("mistral-window", "MistralForCausalLM", dict(LLAMA, sliding_window=5)),
    ("mistral", "MistralForCausalLM", dict(LLAMA, sliding_window=None, head_dim=6)),
    ("qwen2", "Qwen2ForCausalLM", dict(LLAMA, use_sliding_window=False)),
    ("qwen2-tied", "Qwen2ForCausalLM", dict(LLAMA, tie_word_embeddings=True)),
    ("t5", "T5Model", T5),
    ("t5-conditional-generation", "T5ForConditionalGeneration", dict(T5, num_decoder_layers=1)),
    ("t5-gated", "T5ForConditionalGeneration", dict(T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
    ("t5-encoder", "T5EncoderModel", dict(T5, feed_forward_proj="gated-silu")),
    ("t5-sequence-classification", "T5ForSequenceClassification", dict(T5, num_labels=3)),
    ("t5-token-classification", "T5ForTokenClassification", dict(T5, num_labels=3)),
    ("t5-question-answering", "T5ForQuestionAnswering", T5),
    ("mt5-conditional-generation", "MT5ForConditionalGeneration", T5),
    ("bart", "BartModel", BART),
    ("bart-conditional-generation", "BartForConditionalGeneration", dict(
        BART, scale_embedding=True, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=24)),
    ("bart-untied", "BartForConditionalGeneration", dict(BART, tie_word_embeddings=False, activation_function="relu")),
    ("bart-sequence-classification", "BartForSequenceClassification", dict(BART, num_labels=3)),
    ("bart-question-answering", "BartForQuestionAnswering", BART),
    ("mbart-conditional-generation", "MBartForConditionalGeneration", dict(BART, scale_embedding=True)),
    ("mbart-sequence-classification", "MBartForSequenceClassification", dict(BART, num_labels=3)),
    ("marian", "MarianModel", MARIAN),
    ("marian-translation", "MarianMTModel", MARIAN),
    ("marian-two-vocabularies", "MarianMTModel", dict(
        MARIAN, share_encoder_decoder_embeddings=False, decoder_vocab_size=53, decoder_start_token_id=52, pad_token_id=52,
        activation_function="relu", scale_embedding=False)),
]


def configuration_of(class_name, settings):
    model_class = getattr(transformers, class_name)
    return model_class, model_class.config_class(**settings)


def untie(model, settings):
    """Gives T5 1.1 the output matrix of its own that its published weights have, although `transformers` 5 would tie it."""
    if settings.get("tie_word_embeddings") is False and getattr(model, "lm_head", None) is not None:
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())


def draw(model):
    """Weights of a size at which every part shows, exact in bfloat16."""
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        spread = 0.3 if parameter.dim() > 1 else 0.2
        value = torch.randn(parameter.shape, generator=generator) * spread
        if parameter.dim() == 1 and ("norm" in name.lower() or "ln_" in name) and name.endswith("weight"):
            value += 1
        parameter.data.copy_(value.to(torch.bfloat16).float())
    for name, buffer in model.named_buffers():
        if name.endswith("final_logits_bias"):
            buffer.copy_((torch.randn(buffer.shape, generator=generator) * 0.2).to(torch.bfloat16).float())


def inputs_for(config, length=14):
    generator = torch.Generator().manual_seed(11)
    lengths = [length, 9, 1, 6]
    padding = config.pad_token_id if config.pad_token_id is not None else 0
    ids = torch.randint(5, config.vocab_size, (len(lengths), length), generator=generator)
    mask = torch.zeros_like(ids)
    for row, count in enumerate(lengths):
        mask[row, :count] = 1
        ids[row, count:] = padding
    made = dict(input_ids=ids, attention_mask=mask)
    if config.is_encoder_decoder:
        # Every sequence ends with the token by which a classifier finds its end.
        for row, count in enumerate(lengths):
            ids[row, count - 1] = config.eos_token_id
        targets = getattr(config, "decoder_vocab_size", None) or config.vocab_size
        made["decoder_input_ids"] = torch.randint(5, targets, (len(lengths), 7), generator=generator)
        made["decoder_input_ids"][:, 0] = config.decoder_start_token_id
    if getattr(config, "type_vocab_size", 0) > 1:
        made["token_type_ids"] = (torch.arange(length) >= 5).long().expand(len(lengths), -1) * mask
    return made


def last_hidden(model, outputs):
    if "decoder_hidden_states" in outputs and outputs.decoder_hidden_states is not None:
        return outputs.decoder_hidden_states[-1]
    if "last_hidden_state" in outputs:
        return outputs.last_hidden_state
    return outputs.hidden_states[-1]


@torch.no_grad()
def expected(model, inputs):
    model.eval()
    outputs = model(**inputs, output_hidden_states=True, use_cache=False, return_dict=True) if "cache" in str(model.forward.__code__.co_varnames) \
        else model(**inputs, output_hidden_states=True, return_dict=True)
    found = {"hidden_states": last_hidden(model, outputs)}
    if outputs.get("pooler_output") is not None:
        found["pooled"] = outputs.pooler_output
    for key in ("logits", "prediction_logits"):
        if outputs.get(key) is not None:
            found["logits"] = outputs[key]
    if outputs.get("start_logits") is not None:
        found["logits"] = torch.stack([outputs.start_logits, outputs.end_logits], dim=-1)
    return {name: value.float().contiguous() for name, value in found.items()}


def make(folder, name, class_name, settings):
    model_class, config = configuration_of(class_name, settings)
    torch.manual_seed(0)
    model = model_class(config)
    untie(model, settings)
    draw(model)
    target = folder / name
    model.to(torch.bfloat16).save_pretrained(target)
    (target / "generation_config.json").unlink(missing_ok=True)
    model = model_class.from_pretrained(target, dtype=torch.float32, attn_implementation="eager")
    inputs = inputs_for(config)
    if class_name.endswith(("ForSequenceClassification", "ForQuestionAnswering")):
        inputs.pop("decoder_input_ids", None)  # the model makes them of the source
    tensors = {key: value.to(torch.int64).contiguous() for key, value in inputs.items()} | expected(model, inputs)
    save_file(tensors, target / "expected.safetensors")
    return sum(path.stat().st_size for path in target.iterdir())


def check(folder):
    """Loads each folder in `transformers` and says how far it is from what is expected."""
    worst = 0.0
    for target in sorted(path.parent for path in folder.glob("*/expected.safetensors")):
        config = transformers.AutoConfig.from_pretrained(target)
        model_class = getattr(transformers, config.architectures[0])
        model, loading = model_class.from_pretrained(
            target, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
        tensors = load_file(target / "expected.safetensors")
        inputs = {key: tensors[key].long() for key in ("input_ids", "attention_mask", "decoder_input_ids", "token_type_ids") if key in tensors}
        found = expected(model, inputs)
        gaps = {key: ((found[key] - tensors[key]).abs().max() / tensors[key].abs().max()).item() for key in found if key in tensors}
        left = {key: value for key, value in loading.items() if value}
        worst = max([worst] + list(gaps.values()))
        print(f"{target.name}: " + ", ".join(f"{key} {gap:.1e}" for key, gap in gaps.items()) + (f"  {left}" if left else ""))
    print(f"worst {worst:.1e}")
    return 0 if worst < 1e-4 else 1


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--check"]:
        return check(Path(arguments[1]))
    folder = Path(arguments[0]) if arguments else Path(__file__).parent.parent / "Tests/ModelsTests/Fixtures/Models"
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        print(f"{case[0]}: {make(folder, *case):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
