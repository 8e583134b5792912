"""From the wire to changes: Langfuse event batches and OTLP exports."""
