"""The shapes of requests and answers, one module for each resource. The OpenAPI document is made from them."""
