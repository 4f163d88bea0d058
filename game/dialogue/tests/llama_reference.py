"""What the `transformers` package makes of a GGUF model, for tests/llama_reference.rs.

usage: llama_reference.py MODEL.gguf FOLDER PROMPTS TOKENS

Writes FOLDER/reference.json: for each prompt its messages, its tokens by the model's own chat template, and the tokens
of the greedy continuation; FOLDER/logits.f32: for each prompt the logits after the prompt and after the continuation;
FOLDER/blocks.json: random blocks of each quantised kind, and the numbers that the `gguf` package reads in them.
"""

import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

SYSTEMS = [
    "You are the keeper of an old lighthouse. Answer briefly.",
    "You are a helpful assistant.",
    "You are a smith who sells lamps and rope, and you speak roughly.",
    "Ты говоришь по-русски. 你好! <|not a token|>",
]
QUESTIONS = [
    "How do I get into the crypt?",
    "Count from 1 to 20.",
    "What is the capital of France, and what is it known for?",
    "Write a short poem about the sea.",
    "The red key costs 250 coins.\n\n  I have 1234.5 of them; is that enough?",
]
KINDS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "F16", "BF16"]


def blocks():
    generator = np.random.default_rng(1)
    written = []
    for name in KINDS:
        kind = gguf.GGMLQuantizationType[name]
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        data = generator.integers(0, 256, (8, size), dtype=np.uint8)
        # Halves whose exponent is full are no numbers: scales stay below it.
        scales = {"Q6_K": [209], "Q4_0": [1], "Q5_0": [1], "Q8_0": [1], "F16": [1], "BF16": [1]}
        for at in scales.get(name, [1, 3]):
            data[:, at] &= 0xBB if name != "BF16" else 0x3F
        values = gguf.dequantize(data, kind).astype(np.float32)
        written.append({"id": int(kind), "name": name, "bytes": data.ravel().tolist(),
                        "numbers": [float(v) for v in values.ravel()]})
    return written


def main():
    model_file, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    prompts, count = int(sys.argv[3]), int(sys.argv[4])
    (folder / "blocks.json").write_text(json.dumps(blocks()))
    torch.set_num_threads(1)
    place = {"pretrained_model_name_or_path": str(model_file.parent), "gguf_file": model_file.name}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32).eval()
    pairs = [(system, question) for question in QUESTIONS for system in SYSTEMS]
    written, logits = [], []
    with torch.no_grad():
        for system, question in pairs[:prompts]:
            messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
            prompt = ids.shape[1]
            # The likeliest token each time, past any end: what the network says, not where it stops.
            out = model(ids, use_cache=True)
            logits.append(out.logits[0, -1].numpy())
            chosen = []
            for _ in range(count):
                chosen.append(int(out.logits[0, -1].argmax()))
                step = torch.tensor([[chosen[-1]]])
                out = model(step, past_key_values=out.past_key_values, use_cache=True)
            whole = torch.cat([ids, torch.tensor([chosen])], 1)
            logits.append(model(whole).logits[0, -1].numpy())
            written.append({"system": system, "user": question, "prompt": ids[0, :prompt].tolist(),
                            "continuation": chosen})
    np.stack(logits).astype("<f4").tofile(folder / "logits.f32")
    (folder / "reference.json").write_text(json.dumps(written))


if __name__ == "__main__":
    main()
