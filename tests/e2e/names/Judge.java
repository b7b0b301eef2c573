import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Reads folders from the standard input, one a line, and lets javac judge the sources below each alone.
 *
 * Writes a line for the folder (>), each error (!), and each class, field and method that is declared.
 */
public final class Judge {
  public static void main(String[] arguments) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      System.out.println("> " + line);
      judge(compiler, files, Paths.get(line), arguments[0]);
    }
  }

  private static void judge(JavaCompiler compiler, StandardJavaFileManager files, Path root, String classPath)
      throws Exception {
    List<File> sources;
    try (Stream<Path> walk = Files.walk(root)) {
      sources = walk.filter(path -> path.toString().endsWith(".java")).sorted().map(Path::toFile)
          .collect(Collectors.toList());
    }
    if (sources.isEmpty()) {
      return;
    }
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    List<String> options = Arrays.asList(
        "--release", "8", "-proc:none", "-Xlint:none", "-implicit:none", "-cp", classPath,
        "-sourcepath", root.resolve("none").toString());
    JavacTask task = (JavacTask) compiler.getTask(
        null, files, said, options, null, files.getJavaFileObjectsFromFiles(sources));
    Iterable<? extends CompilationUnitTree> units = task.parse();
    try {
      task.analyze();
    } catch (IllegalStateException crash) {
      System.out.println("! javac itself fails: " + crash.getMessage());
    }
    for (Diagnostic<? extends JavaFileObject> each : said.getDiagnostics()) {
      if (each.getKind() == Diagnostic.Kind.ERROR) {
        System.out.println("! " + each.getMessage(Locale.ENGLISH).replace("\n", " | "));
      }
    }
    for (CompilationUnitTree unit : units) {
      for (Tree type : unit.getTypeDecls()) {
        if (type instanceof ClassTree) {
          list(String.valueOf(unit.getPackageName()), (ClassTree) type);
        }
      }
    }
  }

  private static void list(String around, ClassTree type) {
    String own = around + "." + type.getSimpleName();
    System.out.println("class " + own);
    for (Tree member : type.getMembers()) {
      if (member instanceof ClassTree) {
        list(own, (ClassTree) member);
      } else if (member instanceof VariableTree) {
        System.out.println("field " + own + "." + ((VariableTree) member).getName());
      } else if (member instanceof MethodTree) {
        MethodTree method = (MethodTree) member;
        System.out.println("method " + own + "." + method.getName() + "/" + method.getParameters().size());
      }
    }
  }
}
