"""What crosses the wire: values, problems, and the one route table that drives handlers, client, OpenAPI and tests."""
