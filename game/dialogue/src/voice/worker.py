"""Speech to text by pocketsphinx, for voice/listen.rs: a line of JSON in, with bytes after it where it says so, a line out.

in:  {"grammar": JSGF or null for free speech, "vocabulary": its words, "words": [[word, phones], ...]}
     {"audio": count}, then so many bytes of 16-bit little-endian samples, 16 kHz, one channel
out: {"ready": true}, {"text": words} or {"error": what}
"""

import json
import sys


def answer(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def decoder_of(request):
    from pocketsphinx import Decoder, get_model_path

    free = request["grammar"] is None
    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        lm=get_model_path("en-us/en-us.lm.bin") if free else None,
        samprate=16000,
        loglevel="FATAL",
    )
    for word, phones in request["words"]:
        decoder.add_word(word, phones, False)
    missing = [word for word in request["vocabulary"] if decoder.lookup_word(word) is None]
    if missing:
        raise ValueError("no pronunciation of: " + " ".join(missing))
    if not free:
        decoder.add_jsgf_string("commands", request["grammar"])
        decoder.activate_search("commands")
    return decoder


def main():
    try:
        import pocketsphinx  # noqa: F401
    except ImportError:
        return answer(error="no pocketsphinx")
    decoder = None
    for line in iter(sys.stdin.buffer.readline, b""):
        try:
            request = json.loads(line)
            if "audio" in request:
                samples = sys.stdin.buffer.read(request["audio"])
                decoder.start_utt()
                decoder.process_raw(samples, full_utt=True)
                decoder.end_utt()
                heard = decoder.hyp()
                answer(text=heard.hypstr if heard else "")
            else:
                decoder = decoder_of(request)
                answer(ready=True)
        except Exception as error:
            answer(error=f"{type(error).__name__}: {error}")


main()
