"""What surrounds every request, as plain ASGI: paths, proxies, CORS, identity, faults."""
