package org.gristmill;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rooms and the arrows between them. */
@AnalyzeClasses(packages = "org.gristmill", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("org.gristmill.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyModelKnowsDjl =
      noClasses()
          .that()
          .resideOutsideOfPackage("..model..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule onlySourceKnowsS3 =
      noClasses()
          .that()
          .resideOutsideOfPackage("..source..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon..");

  @ArchTest
  static final ArchRule onlyChartKnowsXChart =
      noClasses()
          .that()
          .resideOutsideOfPackage("..chart..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.knowm..");

  @ArchTest
  static final ArchRule onlyObserveAndTheSessionKnowMicrometer =
      noClasses()
          .that()
          .resideOutsideOfPackage("..observe..")
          .and()
          .doNotHaveFullyQualifiedName("org.gristmill.Session")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..");

  @ArchTest
  static final ArchRule onlyDriftKnowsSketches =
      noClasses()
          .that()
          .resideOutsideOfPackage("..drift..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.datasketches..");

  @ArchTest
  static final ArchRule onlyFramesKnowDflib =
      noClasses()
          .that()
          .resideOutsideOfPackages("..frame..", "..notebook..")
          .and()
          .doNotHaveFullyQualifiedName("org.gristmill.Frames")
          .and()
          .doNotHaveFullyQualifiedName("org.gristmill.Run")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.dflib..");

  @ArchTest
  static final ArchRule onlySinkAndSourceKnowFastCsv =
      noClasses()
          .that()
          .resideOutsideOfPackages("..sink..", "..source..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("de.siegmar..");

  @ArchTest
  static final ArchRule onlyOneClassKnowsOpenCv =
      noClasses()
          .that()
          .haveNameNotMatching("org\\.gristmill\\.image\\.OpenCv(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule onlyNotebookAndRecordsReflect =
      noClasses()
          .that()
          .haveNameNotMatching("org\\.gristmill\\.notebook\\.Notebook(\\$.*)?")
          .and()
          .haveNameNotMatching("org\\.gristmill\\.frame\\.Components")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.reflect..");

  /** Of actors, and of the dashboard, which must answer while a run holds the caller's thread. */
  @ArchTest
  static final ArchRule onlyActorsAndTheDashboardStartThreads =
      noClasses()
          .that()
          .resideOutsideOfPackages("..pool..", "..dashboard..")
          .should()
          .callConstructor(Thread.class, Runnable.class)
          .orShould()
          .callConstructor(Thread.class, Runnable.class, String.class);
}
