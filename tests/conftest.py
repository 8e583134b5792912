"""What every test has at hand."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures"]

# Two cores are shared with real servers: no deadline per example, it would only measure them.
settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")
