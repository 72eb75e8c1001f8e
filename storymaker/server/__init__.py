"""The studio server: Voila with a login, owned kernels, the HTTP API and a worker."""
