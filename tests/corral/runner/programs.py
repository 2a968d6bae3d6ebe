"""Small programs that more than one file of tests runs."""

ECHO = """
for key, text in tasks():
    answer(key, text.upper())
"""
OBEY = """
def crash():
    os._exit(3)

for key, text in tasks():
    print("got", text, file=sys.stderr, flush=True)
    if text == "crash":
        crash()
    elif text == "leave":
        os._exit(0)
    elif text == "hang":
        time.sleep(60)
    else:
        answer(key, text)
"""
OBEY_AT_ONCE = """
def work(key, text):
    if text == "crash":
        time.sleep(0.1)
        os._exit(3)
    if text == "leave":
        time.sleep(0.1)
        os._exit(0)
    if text == "hang":
        time.sleep(60)
    if text.startswith("after "):
        time.sleep(float(text.removeprefix("after ")))
    answer(key, text)

for key, text in tasks():
    threading.Thread(target=work, args=(key, text), daemon=True).start()
"""
