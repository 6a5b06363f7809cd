# Runs the install and test blocks of a formula without Homebrew, also on Linux. Implements only the parts of its language that our
# formula uses.
#
#   ruby harness.rb FORMULA SOURCE PREFIX VERSION
#
# SOURCE is the unpacked source; PREFIX is the folder to install into. Prints `N passed, N failed`.
require "fileutils"
require "json"
require "open3"
require "pathname"
require "tmpdir"

$passed = 0
$failed = 0
def expect(good, text)
  good ? $passed += 1 : $failed += 1
  puts "#{good ? "passed" : "FAILED"}: #{text}"
end

# Homebrew's `write` makes missing folders and refuses to overwrite a file.
class Pathname
  alias_method :plain_write, :write
  def write(text)
    raise "will not overwrite #{self}" if exist?

    dirname.mkpath
    plain_write(text)
  end
end

class Service
  attr_reader :facts

  def initialize(formula, &block)
    @formula = formula
    @facts = {}
    instance_eval(&block)
  end

  def opt_bin = @formula.bin
  def var = @formula.prefix/"var"

  def method_missing(name, *values) = @facts[name] = values
  def respond_to_missing?(*) = true
end

class Formula
  include FileUtils

  FACTS = %i[desc homepage url sha256 license head].freeze
  class << self
    attr_reader :facts, :dependencies, :service_block, :test_block

    def inherited(formula)
      super
      formula.instance_variable_set(:@facts, {})
      formula.instance_variable_set(:@dependencies, [])
    end
    FACTS.each { |name| define_method(name) { |*values| @facts[name] = values } }
    def depends_on(what) = @dependencies << what
    def service(&block) = @service_block = block
    def test(&block) = @test_block = block
  end

  attr_reader :prefix, :version, :testpath

  def initialize(prefix, version)
    @prefix = Pathname(prefix)
    @version = version
  end

  def head? = false
  def bin = prefix/"bin"
  def share = prefix/"share"
  def std_meson_args = ["--prefix=#{prefix}", "--libdir=#{prefix}/lib", "--buildtype=release", "--wrap-mode=nofallback"]

  def system(*words)
    words.map!(&:to_s)
    puts "== #{words.join(" ")}"
    Kernel.system(*words) || raise("#{words.first} failed")
  end

  def generate_completions_from_executable(program, *words, shells:)
    places = { bash: prefix/"etc/bash_completion.d"/program.basename, fish: share/"fish/vendor_completions.d/#{program.basename}.fish",
               zsh: share/"zsh/site-functions/_#{program.basename}" }
    shells.each do |shell|
      text, status = Open3.capture2(program.to_s, *words, shell.to_s)
      raise "no completion for #{shell}" unless status.success?

      places.fetch(shell).write(text)
    end
  end

  def shell_output(command)
    text, status = Open3.capture2("bash", "-c", command)
    expect(status.success?, command.sub(prefix.to_s, ""))
    text
  end

  def assert_match(part, text) = expect(text.include?(part), "#{part.inspect} is in the output")
  def assert_equal(wanted, got) = expect(wanted == got, "#{got.inspect} is #{wanted.inspect}")

  def run_install(source) = Dir.chdir(source) { install }

  def run_test
    Dir.mktmpdir("callgate-formula-") do |folder|
      @testpath = Pathname(folder)
      Dir.chdir(folder) { instance_eval(&self.class.test_block) }
    end
  end
end

path, source, prefix, version = ARGV
load File.expand_path(path)
kind = Callgate

# Checks the rules of `brew audit` that are violated most often.
desc = kind.facts[:desc].first
expect(desc.size <= 80 && desc !~ /\A(An?|The) |\.\z|callgate/i, "the description: #{desc}")
expect(Formula::FACTS.all? { |name| kind.facts.key?(name) }, "every required field is set")
expect(kind.facts[:sha256].first.match?(/\A\h{64}\z/), "the checksum has 64 hexadecimal digits")
build, needed = kind.dependencies.partition { |each| each.is_a?(Hash) }
names = [build.map { |each| each.keys.first }, needed]
expect(names == names.map(&:sort) && kind.dependencies == build + needed, "dependencies are sorted, those of the build first")

formula = kind.new(prefix, version)
formula.run_install(source)
%w[bin/callgate share/man/man1/callgate.1 share/man/man1/callgate-history.1 share/man/man5/callgate-config.5 etc/bash_completion.d/callgate
   share/zsh/site-functions/_callgate share/fish/vendor_completions.d/callgate.fish].each do |file|
  expect((formula.prefix/file).file?, "it installs #{file}")
end
service = Service.new(formula, &kind.service_block).facts
expect(File.executable?(service[:run].first.first) && service[:run].first[1] == "serve", "the service runs #{service[:run]}")
formula.run_test
puts "#{$passed} passed, #{$failed} failed"
exit $failed.zero?
