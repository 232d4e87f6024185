# Anning's front door. meson and ninja do the building; these are the words people type.
BUILD := build
PREFIX ?= /usr/local

.PHONY: all demo check bench deb install clean format fuzz tidy deps
all: deps $(BUILD)/build.ninja
	@ninja -C $(BUILD)

deps:
	@tools/install-deps build

$(BUILD)/build.ninja:
	@meson setup -Dtests=false --prefix $(PREFIX) $(BUILD) .

# The main job on embedded defaults: real SIP traffic, verdicts, reasons.
demo:
	@tools/install-deps demo
	@$(MAKE) --no-print-directory all
	@tools/demo

# Everything that must pass.
check:
	@tools/install-deps check
	@tools/check

bench:
	@tools/install-deps bench
	@$(MAKE) --no-print-directory all
	@bench/run

deb:
	@tools/install-deps deb
	@tools/deb

# A PREFIX given here holds, whatever the build folder was set up with; DESTDIR is meson's own.
install: all
	@$(if $(filter file,$(origin PREFIX)),,meson configure $(BUILD) --prefix $(abspath $(PREFIX)) && ninja -C $(BUILD))
	@meson install -C $(BUILD) --no-rebuild

# Static analysis, two to four minutes: .clang-tidy says what is looked for.
tidy:
	@tools/install-deps tidy
	@tools/tidy

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

# SECONDS each: make fuzz SECONDS=60
fuzz:
	@tools/install-deps check
	@tools/fuzz $(or $(SECONDS),60)

clean:
	rm -rf $(BUILD) build-*
