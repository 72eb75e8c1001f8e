"""The paper studio: layered cut-paper scenes around a photographed plushie, drawn without any service."""
