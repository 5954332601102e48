"""The grammar behind Samples/requests.*: templates (english.txt, chinese.txt), values, noise. Tools/make_requests.py says more."""
