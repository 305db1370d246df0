# How each part of the project is declared, so that every folder's CMakeLists.txt is a few lines.

find_library(REDRESS_HIREDIS_ARCHIVE libhiredis.a REQUIRED)
set(REDRESS_ALLOCATIONS malloc calloc realloc strdup strndup open_memstream)

# redress_wrap(TARGET functions...): our own objects call __wrap_FUNCTION instead.
function(redress_wrap target)
  foreach(function ${ARGN})
    target_link_options(${target} PRIVATE -Wl,--wrap=${function})
  endforeach()
endfunction()

# redress_program(TARGET sources...): a program in build/bin. With failpoints its allocations can be
# made to fail (services/common/failpoint_allocation.c).
function(redress_program target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE redress_common)
  if(REDRESS_FAILPOINTS)
    redress_wrap(${target} ${REDRESS_ALLOCATIONS})
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${REDRESS_BIN_DIR})
endfunction()

# redress_service(NAME sources...): main.c and a library redress_NAME_core of the other sources, so
# that unit tests link what the service runs.
function(redress_service name)
  list(REMOVE_ITEM ARGN main.c)
  add_library(redress_${name}_core STATIC ${ARGN})
  target_link_libraries(redress_${name}_core PUBLIC redress_common)
  target_include_directories(redress_${name}_core PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}
                             ${CMAKE_CURRENT_BINARY_DIR})
  redress_program(redress-${name} main.c)
  target_link_libraries(redress-${name} PRIVATE redress_${name}_core)
endfunction()

# redress_unit_test(test_NAME file.c libraries...): a cmocka program that ctest runs.
function(redress_unit_test name file)
  add_executable(${name} ${file})
  target_link_libraries(${name} PRIVATE redress_common cmocka ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# redress_allocation_test(test_NAME file.c libraries...): the same, with allocations that can be made
# to fail (tests/unit/common/allocation.h). Only our own objects call the __wrap_ functions, and
# hiredis, whose archive comes before its shared library for that.
function(redress_allocation_test name file)
  redress_unit_test(${name} ${file} ${ARGN})
  target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/common/allocation.c)
  target_link_libraries(${name} PRIVATE ${REDRESS_HIREDIS_ARCHIVE})
  target_link_options(${name} PRIVATE -Wl,--undefined=redisFormatCommand)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/common)
  redress_wrap(${name} ${REDRESS_ALLOCATIONS} asprintf free protobuf_c_message_unpack
    protobuf_c_message_free_unpacked)
endfunction()

# redress_fake_libpq(test_NAME): libpq's calls to a server end in tests/unit/common/fake_libpq.c. Of
# an allocation test.
function(redress_fake_libpq name)
  target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/common/fake_libpq.c
                                 ${CMAKE_SOURCE_DIR}/tests/unit/common/sent.c)
  redress_wrap(${name} PQconnectdbParams PQfinish PQstatus PQtransactionStatus PQsocket
    PQerrorMessage PQsetnonblocking PQpipelineStatus PQenterPipelineMode PQexitPipelineMode
    PQpipelineSync PQflush PQisBusy PQgetResult PQexec PQprepare PQexecPrepared PQexecParams
    PQsendPrepare PQsendQueryPrepared PQcmdTuples)
endfunction()

# What tests/fake_bus.c takes the place of.
set(REDRESS_FAKE_BUS bus_producer_new bus_producer_free bus_publish bus_consumer_start
  bus_consumer_free bus_dead_letter)

# redress_fake_bus(test_NAME): those to Kafka in tests/fake_bus.c, which is fed with batches of
# tests/unit/common/fake_batch.h.
function(redress_fake_bus name)
  target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fake_bus.c
                                 ${CMAKE_SOURCE_DIR}/tests/unit/common/fake_batch.c)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  redress_wrap(${name} ${REDRESS_FAKE_BUS})
endfunction()
