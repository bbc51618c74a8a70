# Seg. `make help` lists what there is.
SHELL := /bin/bash
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
CXX ?= g++

include mk/packages.mk
include mk/build.mk
include mk/checks.mk
include mk/laws.mk
include mk/install.mk
