# SPDX-License-Identifier: Apache-2.0
"""The seeds of each fuzz target: a module a service, a function a target."""
