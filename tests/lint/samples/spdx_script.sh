#!/bin/sh
# as data/sample.sh
